using Microsoft.Extensions.Options;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Secrets;

/// <summary>The secrets of an application, from all its sources: the first that has a secret is the one that counts. Thread-safe.</summary>
internal sealed class SecretStore(IEnumerable<ISecretSource> sources, IOptions<SecretOptions> options)
{
    private readonly ISecretSource[] _sources = [.. sources];

    /// <summary>Its limits.</summary>
    public SecretOptions Options { get; } = options.Value;

    /// <summary>The memory of values.</summary>
    public SecretBuffers Buffers { get; } = new();

    /// <summary>Reads the present value of a secret.</summary>
    /// <returns>The value, which the caller holds; <see cref="Errno.NoEnt"/> if there is none.</returns>
    /// <remarks>What a source throws is thrown: that it cannot be asked must not make that count which another has.</remarks>
    public async ValueTask<FsResult<SecretValue>> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (!SecretName.IsValid(name)) return Errno.NoEnt;
        var value = new SecretValue(Buffers, Options.MaxSecretBytes);
        var isTaken = false;
        try
        {
            foreach (var source in _sources)
            {
                if (await source.ReadAsync(name, value, cancellationToken).ConfigureAwait(false) is { } set)
                {
                    value.Modified = UnixTime.ToNanoseconds(set);
                    isTaken = true;
                    return value;
                }

                value.Clear();
            }

            return Errno.NoEnt;
        }
        finally
        {
            if (!isTaken) value.Release();
        }
    }

    /// <summary>Whether there is a secret at this moment.</summary>
    public async ValueTask<bool> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
        if (!read.TryGet(out var value)) return false;
        value.Release();
        return true;
    }

    /// <summary>Lists the names that guests can open, each once, in their order.</summary>
    public async ValueTask<IReadOnlyCollection<string>> ListAsync(CancellationToken cancellationToken)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var source in _sources)
        {
            await foreach (var name in source.ListAsync(cancellationToken).ConfigureAwait(false))
            {
                if (SecretName.IsValid(name)) names.Add(name);
            }
        }

        return names;
    }
}
