using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;

namespace WasiCloud.Embedding.Hosting;

/// <summary>Makes the mount of a folder: the same of the same folder.</summary>
internal sealed record HostFolder(string Path, FileAccess Access, HostDirectoryOptions? Options)
{
    public IVirtualMount CreateMount(IServiceProvider provider) =>
        new HostDirectoryMount(Path, Access, Options, provider.GetService<IRandomSource>());
}
