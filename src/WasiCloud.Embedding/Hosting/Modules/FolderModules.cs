using System.Globalization;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Linux;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>Modules in a folder of the host: <c>tenant/name.wasm</c>, where the tenant is spelled as <see cref="TenantName.ToFileName"/> does.</summary>
/// <param name="root">The folder.</param>
/// <param name="followsLinks">Whether symbolic links may lead out of it.</param>
internal sealed class FolderModules(string root, bool followsLinks) : IGuestModuleRepository
{
    private const string Extension = ".wasm";

    private readonly string _root = Path.GetFullPath(root);

    public ValueTask<GuestModuleContent?> OpenAsync(string tenant, string name, CancellationToken cancellationToken) =>
        new(Task.Run(() => Open(Path.Combine(_root, TenantName.ToFileName(tenant), name + Extension)), cancellationToken));

    // Held first, which opens nothing, and then opened as what it is: no FIFO makes this wait, and the name cannot become another file's in between.
    private GuestModuleContent? Open(string path)
    {
        using var node = Libc.OpenPath(path, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec);
        if (node is null)
        {
            var error = LinuxErrno.Last();
            return error is Errno.NoEnt or Errno.NotDir or Errno.NameTooLong ? null : throw ModuleReading.Failure(path, error);
        }

        var failure = Libc.TryGetStatus(node, out var status);
        if (failure != Errno.Success) throw ModuleReading.Failure(path, failure);
        if (status.Type != FileType.RegularFile) throw new InvalidGuestModuleException($"It is {ModuleReading.Describe(status.Type)}, not a module.");
        var held = PathOf(node);
        if (!followsLinks && !IsBelowRoot(held)) throw new InvalidGuestModuleException("A symbolic link leads out of the modules' folder.");
        var stamp = FileStamp.Of(status);
        var file = new FileStream(ModuleReading.Open(held, path), FileAccess.Read, bufferSize: 0);
        return new GuestModuleContent(file, string.Create(
            CultureInfo.InvariantCulture, $"{stamp.File}-{stamp.Size}-{stamp.Modified}-{stamp.StatusChanged}"));
    }

    private bool IsBelowRoot(string held)
    {
        using var folder = Libc.OpenPath(_root, LinuxOpenFlags.PathOnly | LinuxOpenFlags.CloseOnExec);
        if (folder is null) return false;
        var prefix = Path.TrimEndingDirectorySeparator(File.ResolveLinkTarget(PathOf(folder), returnFinalTarget: false)!.FullName);
        return File.ResolveLinkTarget(held, returnFinalTarget: false)!.FullName.StartsWith(prefix + '/', StringComparison.Ordinal);
    }

    private static string PathOf(HostDescriptor node)
    {
        var number = node.DangerousGetHandle();
        return string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}");
    }
}
