namespace WasiCloud.Embedding.Descriptors;

/// <summary>How <c>path_open</c> treats existence (<c>oflags</c> in <c>wasi_snapshot_preview1.witx</c>).</summary>
[Flags]
internal enum OpenFlags : ushort
{
    None = 0,
    Create = 1,
    Directory = 2,
    Exclusive = 4,
    Truncate = 8,
    All = Create | Directory | Exclusive | Truncate,
}
