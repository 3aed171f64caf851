using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>All that a <see cref="DeadlineCase"/> may work on: large folders, folders on the disk and in memory, stores, topics and services.</summary>
internal sealed class DeadlineHost : IAsyncDisposable
{
    private const string SharedMemory = "/dev/shm";

    private readonly string _disk = Directory.CreateTempSubdirectory("wasicloud-deadlines-").FullName;
    private readonly string _memory;
    private readonly ServiceProvider _provider;
    private readonly MemoryMount _mount = new(new MemoryMountOptions { MaxBytes = 1L << 30, MaxFileBytes = 1L << 40, MaxNodes = 1_000_000 });

    private DeadlineHost()
    {
        var memory = Directory.Exists(SharedMemory) ? Path.Combine(SharedMemory, Path.GetFileName(_disk)) : Path.Combine(_disk, "memory");
        _memory = Directory.CreateDirectory(memory).FullName;
        var services = new ServiceCollection();
        services.AddWasiCloud(static options =>
        {
            (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (4, null, TestExecution.Value);
            (options.MaxMemoryBytes, options.MaxTemporaryBytes) = (DeadlineModule.MemoryBytes, 1L << 30);
        })
            .AddRequestResponseFiles()
            .AddHostDirectory("/host", Folder("host"), FileAccess.ReadWrite)
            .AddHostDirectory("/shm", _memory, FileAccess.ReadWrite)
            .AddMount("/memory", FileAccess.ReadWrite, _ => _mount)
            .AddKeyValue(keyValue =>
            {
                keyValue.Scope("memory").UseMemory();
                keyValue.Scope("sqlite").UseSqlite(Path.Combine(_disk, "store.db"));
            })
            .AddTopic("talk")
            .AddRpcService("echo", static (_, _, _) => ValueTask.CompletedTask);
        _provider = services.BuildServiceProvider();
        Host = _provider.GetRequiredService<IInvocationHost>();
    }

    public IInvocationHost Host { get; }

    /// <summary>Makes a host, with so many names in each of its large folders.</summary>
    public static async Task<DeadlineHost> CreateAsync(int names)
    {
        var host = new DeadlineHost();
        var many = Directory.CreateDirectory(Path.Combine(host._disk, "host", "many")).FullName;
        var root = await host._mount.AttachAsync(new InvocationContext { Id = "deadlines" }, CancellationToken.None);
        await root.CreateDirectoryAsync("many", CancellationToken.None);
        var directory = (VirtualDirectory)(await root.LookupAsync("many", CancellationToken.None)).Value!;
        for (var index = 0; index < names; index++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"a name as long as names are {index}");
            await File.WriteAllBytesAsync(Path.Combine(many, name), []);
            (await directory.CreateFileAsync(name, exclusive: true, CancellationToken.None)).Value!.Release();
        }

        directory.Release();
        root.Release();
        return host;
    }

    /// <summary>Removes what a guest has made in the folders of the host.</summary>
    public void Reset()
    {
        foreach (var entry in new[] { Folder("host"), _memory }.SelectMany(static folder => new DirectoryInfo(folder).EnumerateFileSystemInfos()))
        {
            if (entry is DirectoryInfo { Name: not "many" } directory) directory.Delete(recursive: true);
            else if (entry is FileInfo) entry.Delete();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        Directory.Delete(_memory, recursive: true);
        Directory.Delete(_disk, recursive: true);
    }

    private string Folder(string name) => Directory.CreateDirectory(Path.Combine(_disk, name)).FullName;
}
