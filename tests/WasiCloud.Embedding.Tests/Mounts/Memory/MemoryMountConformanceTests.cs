using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Testing.Mounts;

namespace WasiCloud.Embedding.Tests.Mounts.Memory;

public sealed class MemoryMountFileTests : MountConformanceFiles
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}

public sealed class MemoryMountDirectoryTests : MountConformanceDirectories
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}

public sealed class MemoryMountRenameTests : MountConformanceRename
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}

public sealed class MemoryMountLinkTests : MountConformanceLinks
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}

public sealed class MemoryMountTimeTests : MountConformanceTimes
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}

public sealed class MemoryMountConcurrencyTests : MountConformanceConcurrency
{
    protected override IVirtualMount CreateMount() => new MemoryMount();
}
