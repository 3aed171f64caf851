namespace WasiCloud.Embedding.Descriptors;

/// <summary>A descriptor's modes (<c>fdflags</c> in <c>wasi_snapshot_preview1.witx</c>).</summary>
[Flags]
internal enum DescriptorFlags : ushort
{
    None = 0,
    Append = 1,
    DataSync = 2,
    NonBlocking = 4,
    ReadSync = 8,
    Sync = 16,

    /// <summary>The modes that make every write wait until it is durable.</summary>
    AnySync = DataSync | ReadSync | Sync,

    All = Append | DataSync | NonBlocking | ReadSync | Sync,
}
