using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WasiCloud.Embedding;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Mounts.KeyValue;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Sqlite;

namespace WasiCloud.Tool;

/// <summary>A host for one program, which sees the mounts that were asked for and no others.</summary>
internal static class ToolHost
{
    private const string Sqlite = "sqlite:";

    public static ServiceProvider Create(RunSettings settings)
    {
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options =>
        {
            options.ExecutionTimeout = settings.Timeout;
            options.MaxMemoryBytes = settings.MemoryBytes;
            options.MaxConcurrentInvocations = 1;
            if (settings.StackBytes is { } stack) options.MaxStackBytes = stack;
            if (!settings.UseCache) options.ModuleCacheFolder = null;
            else if (settings.CacheFolder is { } folder) options.ModuleCacheFolder = Path.GetFullPath(folder);
        });

        // Not even /dev and /tmp: a program run from a shell sees what its command line says.
        services.RemoveAll<MountRegistration>();
        foreach (var mount in settings.Mounts) builder.AddMount(mount.GuestPath, Access(mount.Kind), _ => Open(mount));
        return services.BuildServiceProvider();
    }

    private static FileAccess Access(MountKind kind) => kind == MountKind.ReadOnlyHostDirectory ? FileAccess.Read : FileAccess.ReadWrite;

    private static Embedding.FileSystem.IVirtualMount Open(MountSpecification mount) => mount.Kind switch
    {
        MountKind.HostDirectory or MountKind.ReadOnlyHostDirectory => new HostDirectoryMount(mount.Source, Access(mount.Kind)),
        MountKind.Copy => FolderCopy.Of(mount.Source),
        MountKind.Memory => FolderCopy.Empty(),
        MountKind.KeyValue => new KeyValueMount(OpenStore(mount.Source)),
        _ => throw new ArgumentOutOfRangeException(nameof(mount)),
    };

    private static IKeyValueBackend OpenStore(string specification) => specification switch
    {
        "memory" => new MemoryKeyValueBackend(),
        _ when specification.StartsWith(Sqlite, StringComparison.Ordinal) =>
            new SqliteKeyValueBackend(new SqliteKeyValueOptions { Path = Path.GetFullPath(specification[Sqlite.Length..]) }),
        _ => throw new FormatException($"--kv '{specification}' must be 'memory' or 'sqlite:FILE'."),
    };
}
