using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using WasiCloud.Embedding;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.Devices;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Sqlite;

namespace WasiCloud.Tool;

/// <summary>The library's services, as the command line asks for them.</summary>
internal static class ToolHost
{
    private const string Sqlite = "sqlite:";

    // Whoever runs the command chose the program: LLVM (75 MB) takes 2 GB.
    private const long CompilationBytes = 4L << 30;

    private const string DevicePath = "/dev";

    // Source trees with their packages have some 100,000.
    private const int MaxCopiedNodes = 1_000_000;

    /// <summary>
    /// Services for one program, which sees the mounts that were asked for, and <c>/dev</c> unless one of them is that. There is no <c>/tmp</c> unless it is
    /// asked for: it would
    /// hide that of a root file system, and lose what is written there. A program that was given no files has none, and no descriptor 3.
    /// </summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="cancellationToken">Cancelled when the command is to end: then folders are not copied any more.</param>
    public static ServiceProvider Create(HostSettings settings, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options =>
        {
            Apply(settings, options);
            options.MaxConcurrentInvocations = 1;
        });
        services.RemoveAll<MountRegistration>();
        if (settings.Mounts.Length > 0 && !settings.Mounts.Any(mount => mount.GuestPath == DevicePath))
            builder.AddMount(DevicePath, FileAccess.ReadWrite, static provider => new DeviceMount(provider.GetRequiredService<IRandomSource>()));
        AddMounts(builder, settings, settings.Mounts, cancellationToken);
        return services.BuildServiceProvider();
    }

    /// <summary>Sets limits and places.</summary>
    public static void Apply(HostSettings settings, WasiCloudOptions options)
    {
        options.ExecutionTimeout = settings.Timeout;
        options.MaxMemoryBytes = settings.MemoryBytes;
        options.MaxCompilationBytes = CompilationBytes;
        options.ModuleCompilation = settings.Compilation;
        options.MaxFuel = settings.Fuel;
        if (settings.StackBytes is { } stack) options.MaxStackBytes = stack;
        if (settings.Execution is { } execution) options.Execution = execution;
        if (!settings.UseCache) options.ModuleCacheFolder = null;
        else if (settings.CacheFolder is { } folder) options.ModuleCacheFolder = Path.GetFullPath(folder);
    }

    /// <summary>Adds mounts. What they are opened on is found, or not, when the host is made.</summary>
    public static void AddMounts(IWasiCloudBuilder builder, HostSettings settings, IEnumerable<MountSpecification> mounts, CancellationToken cancellationToken)
    {
        foreach (var mount in mounts)
        {
            // The container disposes the store, after the host that uses it.
            if (mount.Kind == MountKind.KeyValue) builder.Services.AddKeyedSingleton(mount.GuestPath, (_, _) => OpenStore(mount.Source));
            builder.AddMount(mount.GuestPath, Access(mount.Kind), provider => Open(mount, settings, provider, cancellationToken));
        }
    }

    private static FileAccess Access(MountKind kind) => kind == MountKind.ReadOnlyHostDirectory ? FileAccess.Read : FileAccess.ReadWrite;

    private static IVirtualMount Open(
        MountSpecification mount, HostSettings settings, IServiceProvider provider, CancellationToken cancellationToken) => mount.Kind switch
        {
            MountKind.HostDirectory or MountKind.ReadOnlyHostDirectory => new HostDirectoryMount(
                mount.Source, Access(mount.Kind), new HostDirectoryOptions { MaxBytes = settings.FolderBytes, MaxNodes = settings.FolderNodes },
                provider.GetRequiredService<IRandomSource>()),
            MountKind.Copy => Copy(mount.Source, settings, provider, cancellationToken),
            MountKind.Memory => new MemoryMount(MemoryOptions(settings)),
            MountKind.KeyValue => new KeyValueMount(provider.GetRequiredKeyedService<IKeyValueBackend>(mount.GuestPath)),
            _ => throw new ArgumentOutOfRangeException(nameof(mount)),
        };

    private static MemoryMountOptions MemoryOptions(HostSettings settings) => new() { MaxBytes = settings.MemoryFileBytes, MaxNodes = MaxCopiedNodes };

    private static MemoryMount Copy(string folder, HostSettings settings, IServiceProvider provider, CancellationToken cancellationToken)
    {
        try
        {
            return MemoryMount.CopyOf(folder, MemoryOptions(settings), provider.GetRequiredService<IRandomSource>(), cancellationToken);
        }
        catch (IOException exception) when (exception.Message.EndsWith("does not fit into the copy.", StringComparison.Ordinal))
        {
            throw new IOException($"{exception.Message[..^1]}: --max-files sets how many bytes do, and there may be {MaxCopiedNodes} files.", exception);
        }
    }

    private static IKeyValueBackend OpenStore(string specification) => specification switch
    {
        "memory" => new MemoryKeyValueBackend(),
        _ when specification.StartsWith(Sqlite, StringComparison.Ordinal) =>
            new SqliteKeyValueBackend(new SqliteKeyValueOptions { Path = Path.GetFullPath(specification[Sqlite.Length..]) }),
        _ => throw new FormatException($"--kv '{specification}' must be 'memory' or 'sqlite:FILE'."),
    };
}
