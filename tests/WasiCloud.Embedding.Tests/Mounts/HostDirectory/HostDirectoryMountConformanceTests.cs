using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Testing.Mounts;
using WasiCloud.Embedding.Tests.Mounts.Memory;

namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

public sealed class HostDirectoryMountFileTests : MountConformanceFiles, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountDirectoryTests : MountConformanceDirectories, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountRenameTests : MountConformanceRename, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountLinkTests : MountConformanceLinks, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountTimeTests : MountConformanceTimes, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountConcurrencyTests : MountConformanceConcurrency, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}

public sealed class HostDirectoryMountSynchronousPathTests : SynchronousPathTests, IDisposable
{
    // They count entries, because the file system's own do not fit a 32-bit guest's telldir.
    protected override bool CookiesOutliveCursors => false;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override IVirtualMount CreateMount() => new HostDirectoryMount(_directory.Path, FileAccess.ReadWrite);
}
