using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Secrets;

/// <summary>
/// The files of a folder, as Kubernetes, Docker and systemd give secrets to programs: each is a secret, and symbolic links are followed as far as they stay
/// below the folder. What does not begin with a dot and is a regular file is a secret.
/// </summary>
internal sealed class FolderSecretSource : ISecretSource
{
    private readonly string _folder;

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public FolderSecretSource(string folder)
    {
        _folder = Path.GetFullPath(folder);
        if (!Directory.Exists(_folder)) throw new DirectoryNotFoundException($"There is no folder '{_folder}', in which secrets were to be.");
    }

    public ValueTask<DateTimeOffset?> ReadAsync(string name, IBufferWriter<byte> destination, CancellationToken cancellationToken)
    {
        var error = ConfinedFile.TryRead(_folder, name, destination, out var modified);
        if (error == Errno.Success) return new(modified);
        if (error == Errno.NoEnt) return default;
        throw Failure(name, error);
    }

    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var path in Directory.EnumerateFileSystemEntries(_folder))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetFileName(path);

            // What there is and cannot be read is listed, so that somebody notices.
            if (SecretName.IsValid(name) && ConfinedFile.TryRead(_folder, name, destination: null, out _) != Errno.NoEnt) yield return name;
        }
    }

    private IOException Failure(string name, Errno error) => new(
        error switch
        {
            Errno.Loop => $"'{name}' in '{_folder}' is a symbolic link that leads to itself.",
            Errno.XDev => $"'{name}' in '{_folder}' is a symbolic link that leads out of the folder.",
            _ => $"'{name}' in '{_folder}' cannot be read: {error}.",
        });
}
