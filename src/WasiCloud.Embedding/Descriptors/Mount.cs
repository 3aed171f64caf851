using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Descriptors;

/// <summary>One place in the guests' tree: what is mounted there, if anything, and the mount points below. Immutable and shared by all invocations.</summary>
internal sealed class Mount
{
    private readonly Dictionary<string, Mount> _children = new(StringComparer.Ordinal);

    public Mount(string path, ulong device) => (Path, Device) = (path, device);

    /// <summary>The absolute guest path.</summary>
    public string Path { get; }

    /// <summary>What <c>st_dev</c> shows: the same for every invocation with the same registrations.</summary>
    public ulong Device { get; }

    /// <summary>
    /// The index of the attached root in <see cref="InvocationNamespace"/>, or -1 for a directory that exists only because of mounts below it.
    /// </summary>
    public int Index { get; private set; } = -1;

    /// <summary>What is mounted, if anything.</summary>
    public IVirtualMount? Source { get; private set; }

    public bool IsReadOnly { get; private set; } = true;

    /// <summary>Whether each invocation has something of its own here.</summary>
    public bool BelongsToInvocation { get; private set; }

    /// <summary>The index of the root of a tenant's part in <see cref="InvocationNamespace"/>.</summary>
    public int PartIndex { get; private set; } = -1;

    public IReadOnlyDictionary<string, Mount> Children => _children;

    public Mount GetOrAddChild(string name, Func<string, Mount> create)
    {
        if (_children.TryGetValue(name, out var child)) return child;
        child = create(Path == "/" ? "/" + name : Path + "/" + name);
        _children.Add(name, child);
        return child;
    }

    public void SetSource(IVirtualMount source, int index, int partIndex, bool isReadOnly)
    {
        if (Source is not null) throw new InvalidOperationException($"Two mounts are registered at '{Path}'.");
        (Source, Index, PartIndex, IsReadOnly, BelongsToInvocation) = (source, index, partIndex, isReadOnly, source.BelongsToInvocation);
    }
}
