using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Sqlite;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>A host with a memory mount, a host directory and a key-value scope that all guests share. Each module is loaded once.</summary>
public sealed class ProgramHost : IAsyncTest
{
    /// <summary>The limits of <see cref="LimitedMemory"/>: more than 2^32 bytes for one file, little for what is written.</summary>
    public const long MaxFileBytes = (4L << 30) + (64 << 10);

    public const long MaxBytes = 1 << 20;

    /// <summary>The limits of <see cref="LimitedValues"/>.</summary>
    public const int MaxValueBytes = 100_000;

    public const long MaxOpenBytes = 1_000_000;

    public const string Memory = "/memory";
    public const string HostDirectory = "/host";
    public const string Values = "/beta/kv/local";
    public const string StoredValues = "/beta/kv/stored";
    public const string DisturbedValues = "/beta/kv/disturbed";
    public const string LimitedMemory = "/limited/memory";
    public const string LimitedValues = "/limited/values";

    /// <summary>Only a test that fails waits this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-programs-");
    private readonly DirectoryInfo _databases = Directory.CreateTempSubdirectory("wasicloud-programs-");
    private readonly SqliteKeyValueBackend _stored;
    private readonly Dictionary<string, Task<GuestModule>> _modules = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IKeyValueBackend> _backends;
    private readonly Dictionary<string, IVirtualMount> _mounts;
    private readonly ServiceProvider _provider;
    private readonly IInvocationHost _host;
    private int _places;

    public ProgramHost()
    {
        // What survives a crash of the machine is not what these tests are about.
        _stored = new(new SqliteKeyValueOptions { Path = Path.Combine(_databases.FullName, "test.db"), Synchronous = SqliteSynchronous.Off });
        _backends = new(StringComparer.Ordinal)
        {
            [Values] = new MemoryKeyValueBackend(),
            [StoredValues] = _stored,
            [DisturbedValues] = Disturbance,
        };
        _mounts = new(StringComparer.Ordinal)
        {
            [Memory] = new MemoryMount(),
            [HostDirectory] = new HostDirectoryMount(_folder.FullName, FileAccess.ReadWrite),
            [Values] = new KeyValueMount(_backends[Values]),
            [StoredValues] = new KeyValueMount(_stored),
            [DisturbedValues] = new KeyValueMount(Disturbance, options: null, Disturbance.Clock),
            [LimitedMemory] = new MemoryMount(new MemoryMountOptions { MaxBytes = MaxBytes, MaxFileBytes = MaxFileBytes }),
            [LimitedValues] = new KeyValueMount(
                new MemoryKeyValueBackend(), new KeyValueMountOptions { MaxValueBytes = MaxValueBytes, MaxOpenBytes = MaxOpenBytes }),
        };
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options =>
            (options.ExecutionTimeout, options.ModuleCacheFolder, options.Execution) = (Patience, null, TestExecution.Value)).AddRequestResponseFiles();
        foreach (var (path, mount) in _mounts) builder.AddMount(path, FileAccess.ReadWrite, _ => mount);
        _provider = services.BuildServiceProvider();
        _host = _provider.GetRequiredService<IInvocationHost>();
    }

    /// <summary>What is left in the host directory.</summary>
    public IEnumerable<FileSystemInfo> HostFiles => _folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories);

    /// <summary>What is behind <see cref="DisturbedValues"/>.</summary>
    public DisturbedBackend Disturbance { get; } = new();

    /// <summary>What is behind one of the key-value mounts, which guests cannot tell from another host.</summary>
    public IKeyValueBackend BackendOf(string mount) => _backends[mount];

    /// <summary>Makes an empty directory of the test's own on a mount.</summary>
    /// <returns>The guest's path of it.</returns>
    public async Task<string> CreatePlaceAsync(string mount)
    {
        var name = $"place-{Interlocked.Increment(ref _places)}";
        var root = await AttachAsync(mount);
        (await root.CreateDirectoryAsync(name, CancellationToken.None)).Should().Be(Errno.Success);
        return $"{mount}/{name}";
    }

    /// <summary>Makes an empty file from outside.</summary>
    /// <param name="place">What <see cref="CreatePlaceAsync"/> gave.</param>
    /// <param name="name">The file's name.</param>
    public async Task CreateFileAsync(string place, string name)
    {
        var slash = place.LastIndexOf('/');
        var directory = (VirtualDirectory)Value(await (await AttachAsync(place[..slash])).LookupAsync(place[(slash + 1)..], CancellationToken.None));
        var file = Value(await directory.CreateFileAsync(name, exclusive: true, CancellationToken.None));
        var handle = Value(await file.OpenAsync(new FileOpenOptions(FileAccess.Write), CancellationToken.None));
        (await handle.CloseAsync(CloseReason.Closed, CancellationToken.None)).Should().Be(Errno.Success);
    }

    /// <summary>Runs a guest to its end.</summary>
    public Task<ProgramResult> RunAsync(string guest, params string[] arguments) => RunAsync(guest, input: null, output: null, arguments);

    /// <summary>Runs a guest to its end, with standard streams that the test works with meanwhile.</summary>
    public Task<ProgramResult> RunAsync(string guest, PipeReader? input, ProgramOutput? output, params string[] arguments)
    {
        output ??= new ProgramOutput();
        return RunAsync(guest, output,
            new InvocationRequest { Arguments = arguments, StandardInput = input, StandardOutput = output.Writer, StandardError = output.Writer });
    }

    /// <summary>Lets a guest answer a request.</summary>
    public Task<ProgramResult> RequestAsync(string guest, string method, string target)
    {
        var output = new ProgramOutput();
        return RunAsync(guest, output,
            new InvocationRequest { Method = method, Target = target, StandardOutput = output.Writer, StandardError = output.Writer });
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync().AsTask().WaitAsync(Patience);
        foreach (var module in _modules.Values) (await module).Dispose();
        await _stored.DisposeAsync();
        _folder.Delete(recursive: true);
        _databases.Delete(recursive: true);
    }

    private static T Value<T>(FsResult<T> result)
    {
        result.Error.Should().Be(Errno.Success);
        return result.Value!;
    }

    private async Task<VirtualDirectory> AttachAsync(string mount) =>
        await _mounts[mount].AttachAsync(new InvocationContext { Id = "test" }, CancellationToken.None);

    private async Task<ProgramResult> RunAsync(string guest, ProgramOutput output, InvocationRequest request)
    {
        var module = await LoadAsync(guest);
        try
        {
            await using var response = await _host.InvokeAsync(module, request);
            using var body = new StreamReader(response.Body.AsStream());
            var answer = await body.ReadToEndAsync().WaitAsync(Patience);
            await response.Completion.WaitAsync(Patience);
            return (await output.EndAsync(failure: null)) with { Answer = answer };
        }
        catch (GuestException failure)
        {
            return await output.EndAsync(failure);
        }
    }

    private Task<GuestModule> LoadAsync(string name)
    {
        lock (_gate)
        {
            return _modules.TryGetValue(name, out var loaded) ? loaded : _modules[name] = CompileAsync(name);
        }
    }

    private async Task<GuestModule> CompileAsync(string name) =>
        await _host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm")), name);
}
