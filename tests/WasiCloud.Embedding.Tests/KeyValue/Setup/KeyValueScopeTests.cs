using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Files;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.KeyValue.Setup;

/// <summary>What an application says of a scope besides its backend.</summary>
public sealed class KeyValueScopeTests
{
    // Writes "mine" to beta/kv/local/key and exits with the errno of the first call that fails.
    private const string WriteKey = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "beta/kv/local/key")
          (data (i32.const 32) "mine")
          (data (i32.const 64) "\20\00\00\00\04\00\00\00")
          (func $check (param i32) (if (local.get 0) (then (call $exit (local.get 0)))))
          (func (export "_start")
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 17) (i32.const 9) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 80)))
            (call $check (call $write (i32.load (i32.const 80)) (i32.const 64) (i32.const 1) (i32.const 84)))
            (call $check (call $close (i32.load (i32.const 80))))))
        """;

    private const int QuotaExceeded = 19;
    private const int FileTooLarge = 22;
    private const int InputOutput = 29;
    private const int ReadOnly = 69;

    private readonly MemoryKeyValueBackend _backend = new();

    [Fact]
    public async Task Namespace_OfEachGuest_IsWhereItsKeysAre()
    {
        await using var host = Create(scope => scope.WithNamespace(context => context.GetFeature<Tenant>()?.Name));

        foreach (var tenant in new[] { "one", "two" })
            await host.RunAsync(await host.LoadTextAsync(WriteKey), new InvocationRequest { Features = [new Tenant(tenant)] });

        (await KeysAsync()).Should().Equal("one/key", "two/key");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("..")]
    [InlineData(".tx")]
    [InlineData("one/two")]
    public async Task Namespace_ThatIsNone_IsAnErrorAndWritesNothing(string? name)
    {
        await using var host = Create(scope => scope.WithNamespace(_ => name));

        await ShouldExitAsync(host, InputOutput);

        (await KeysAsync()).Should().BeEmpty();
        host.Logs.Entries.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Options_OfTheScope_Limit()
    {
        await using var host =
            Create(scope => scope.WithOptions(options => options with { Prefix = "app/" }).WithOptions(options => options with { MaxValueBytes = 3 }));

        await ShouldExitAsync(host, FileTooLarge);
    }

    [Theory]
    [InlineData(6, long.MaxValue)]
    [InlineData(long.MaxValue, 0)]
    public async Task Quota_OfTheScope_IsDQuotForAGuestThatCrossesIt(long bytes, long keys)
    {
        await using var host = Create(scope => scope.WithOptions(options => options with { MaxStoredBytes = bytes, MaxStoredKeys = keys }));

        await ShouldExitAsync(host, QuotaExceeded);

        (await KeysAsync()).Should().BeEmpty();
        host.Logs.Entries.Should().BeEmpty("a quota that is used up is no failure of the store");
    }

    [Fact]
    public async Task Quota_CrossedByAFileThatAGuestLeavesOpen_IsACommitFailure()
    {
        await using var host = Create(scope => scope.WithOptions(options => options with { MaxStoredBytes = 6 }));
        var module = await host.LoadTextAsync(GuestText.Command("beta/kv/local/key", "(call $create) (call $write)", "mine"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestCommitException>();

        (failure.Which.Error, failure.Which.Path).Should().Be((Errno.DQuot, "/beta/kv/local/key"));
        (await KeysAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(true, 256L << 20, 100_000)]
    [InlineData(false, 1L << 30, 1_000_000)]
    public async Task Quota_ThatNobodySet_DependsOnWhereTheScopeIs(bool isInMemory, long bytes, long keys)
    {
        var found = new KeyValueMountOptions();
        var services = new ServiceCollection();
        services.AddWasiCloud().AddKeyValue(kv => kv.Scope("local")
            .WithOptions(options => found = options)
            .UseBackend(_ => isInMemory ? _backend : new BrokenBackend()));
        await using var provider = services.BuildServiceProvider();

        provider.GetServices<MountRegistration>().Single(mount => mount.GuestPath == "/beta/kv/local").Create(provider);

        (found.MaxStoredBytes, found.MaxStoredKeys).Should().Be((bytes, keys));
    }

    [Theory]
    [InlineData(-1, 0, "MaxStoredBytes")]
    [InlineData(0, -1, "MaxStoredKeys")]
    public void Quota_ThatIsNegative_IsRefused(long bytes, long keys, string option) =>
        FluentActions.Invoking(() => new KeyValueMount(_backend, new() { MaxStoredBytes = bytes, MaxStoredKeys = keys })).Should().Throw<ArgumentException>()
            .WithMessage($"*{option}*");

    [Fact]
    public async Task Namespace_BelowAPrefix_IsBoth()
    {
        await using var host = Create(scope => scope.WithOptions(options => options with { Prefix = "app/" }).WithNamespace(_ => "one"));

        await host.RunAsync(await host.LoadTextAsync(WriteKey));

        (await KeysAsync()).Should().Equal("app/one/key");
    }

    [Fact]
    public async Task ReadOnly_Write_IsRefused()
    {
        await using var host = Create(scope => scope.AsReadOnly());

        await ShouldExitAsync(host, ReadOnly);
    }

    [Fact]
    public void ReadOnly_BeforeABackendWasChosen_Throws()
    {
        var services = new ServiceCollection();

        services.AddWasiCloud().Invoking(builder => builder.AddKeyValue(kv => kv.Scope("local").AsReadOnly())).Should().Throw<InvalidOperationException>()
            .WithMessage("*'local'*");
    }

    [Fact]
    public async Task HealthCheck_OfEachScope_TellsWhetherItAnswers()
    {
        var services = new ServiceCollection();
        services.AddSingleton<Microsoft.Extensions.Logging.ILoggerFactory, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory>();
        services.AddSingleton(typeof(Microsoft.Extensions.Logging.ILogger<>), typeof(Microsoft.Extensions.Logging.Abstractions.NullLogger<>));
        services.AddWasiCloud().AddKeyValue(kv =>
        {
            kv.Scope("local").UseMemory();
            kv.Scope("region").UseBackend(_ => new BrokenBackend());
        });
        services.AddHealthChecks().AddKeyValueScopes(HealthStatus.Degraded);
        await using var provider = services.BuildServiceProvider();

        var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        report.Entries["kv:local"].Status.Should().Be(HealthStatus.Healthy);
        report.Entries["kv:local"].Data.Should().ContainKey("revision");
        report.Entries["kv:region"].Status.Should().Be(HealthStatus.Degraded);
        report.Entries["kv:region"].Description.Should().Be("The store is away.");
    }

    private TestHost Create(Action<IKeyValueScopeBuilder> configure) =>
        new(build: builder => builder.AddKeyValue(kv => configure(kv.Scope("local").UseBackend(_ => _backend))));

    private async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var entry in _backend.ListAsync(string.Empty, null, CancellationToken.None)) keys.Add(entry.Key);
        return keys;
    }

    private static async Task ShouldExitAsync(TestHost host, int errno)
    {
        var module = await host.LoadTextAsync(WriteKey);
        (await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestExitException>()).Which.ExitCode.Should().Be(errno);
    }

    private sealed record Tenant(string Name);

    private sealed class BrokenBackend : IKeyValueBackend
    {
        public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) =>
            throw new IOException("The store is away.");

        public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
            throw new IOException("The store is away.");

        public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) =>
            throw new IOException("The store is away.");

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) =>
            throw new IOException("The store is away.");
    }
}
