using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Descriptors;

/// <summary>The smallest mount an application could write: names only, no numbers, no cookies.</summary>
internal sealed class StreamedMount(params string[] names) : IVirtualMount
{
    public List<string> Names { get; } = [.. names];

    public int Attached { get; private set; }

    public int Enumerations { get; private set; }

    public int Enumerating { get; private set; }

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken)
    {
        Attached++;
        return new(new Directory(this));
    }

    private sealed class Directory(StreamedMount mount) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
            mount.Names.Contains(name, StringComparer.Ordinal) ? new(new Directory(mount)) : new(Errno.NoEnt);

        public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            mount.Enumerations++;
            mount.Enumerating++;
            try
            {
                for (var index = 0; index < mount.Names.Count; index++)
                {
                    await Task.Yield();
                    yield return new DirectoryEntry(mount.Names[index], FileType.Directory);
                }
            }
            finally
            {
                mount.Enumerating--;
            }
        }
    }
}
