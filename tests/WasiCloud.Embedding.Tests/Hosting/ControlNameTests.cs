using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>The control names of a scope, used by guests that run, wait and are ended.</summary>
#pragma warning disable CA1001 // xUnit calls DisposeAsync.
public sealed class ControlNameTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private const string LockPath = "beta/kv/local/.lock/name";

    // $gate comes to the gate; $try opens the lock with O_NONBLOCK; $poll waits until $descriptor can be read; $begin starts the transaction "t" and $commit
    // commits it.
    private const string Functions = """
        (data (i32.const 3072) "test/file")
        (data (i32.const 3104) "beta/kv/local/.tx/t")
        (data (i32.const 3136) "beta/kv/local/.tx/commit")
        (func $gate
          (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 3072) (i32.const 9) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
            (i32.const 0)))
          (i32.store (i32.const 8) (i32.const 4096))
          (i32.store (i32.const 12) (i32.const 16))
          (call $check (call $fd_read (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 4))))
        (func $try
          (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 24) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 4)
            (i32.const 0))))
        (func $poll
          (i32.store8 (i32.const 520) (i32.const 1))
          (i32.store (i32.const 528) (global.get $descriptor))
          (call $check (call $poll_oneoff (i32.const 512) (i32.const 640) (i32.const 1) (i32.const 4))))
        (func $begin (call $check (call $path_create_directory (i32.const 3) (i32.const 3104) (i32.const 19))))
        (func $commit (call $check (call $path_rename (i32.const 3) (i32.const 3104) (i32.const 19) (i32.const 3) (i32.const 3136) (i32.const 24))))
        """;

    private readonly Gate _gate = new();
    private readonly MemoryKeyValueBackend _backend = new();
    private TestHost _host = null!;

    public Task InitializeAsync()
    {
        _host = new TestHost(build: builder => builder
            .AddKeyValue(kv => kv.Scope("local").UseBackend(_ => _backend))
            .AddMount("/test", FileAccess.Read, _ => _gate.Mount));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _gate.Dispose();
    }

    [Fact]
    public async Task Lock_HeldByARunningGuest_IsWaitedFor()
    {
        var holder = await LoadAsync(LockPath, "(call $open) (call $gate)");
        var first = _host.RunAsync(holder);
        await _gate.ArrivedAsync();
        await ShouldBeHeldAsync();
        var second = _host.RunAsync(holder);

        _gate.Open();

        await first;
        await second;
        await ShouldBeFreeAsync();
    }

    [Theory]
    [InlineData("unreachable")]
    [InlineData("(call $exit (i32.const 3))")]
    public async Task Lock_HeldByAGuestThatFails_IsFree(string end)
    {
        var holder = await LoadAsync(LockPath, $"(call $open) {end}");

        await _host.Awaiting(it => it.RunAsync(holder)).Should().ThrowAsync<GuestException>();

        await ShouldBeFreeAsync();
    }

    [Fact]
    public async Task Lock_HeldByAGuestThatIsKilled_GoesToTheNext()
    {
        using var kill = new CancellationTokenSource();
        var first = _host.RunAsync(await LoadAsync(LockPath, "(call $open) (call $gate)"), cancellationToken: kill.Token);
        await _gate.ArrivedAsync();
        var second = _host.RunAsync(await LoadAsync(LockPath, "(call $open) (call $read)"));

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => first).Should().ThrowAsync<OperationCanceledException>();
        await second;
        await ShouldBeFreeAsync();
    }

    [Fact]
    public async Task Lock_WaitedForByAGuestThatIsKilled_GoesToNobody()
    {
        using var kill = new CancellationTokenSource();
        var holder = await LoadAsync(LockPath, "(call $open) (call $gate)");
        var first = _host.RunAsync(holder);
        await _gate.ArrivedAsync();
        var second = _host.RunAsync(holder, cancellationToken: kill.Token);

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => second).Should().ThrowAsync<OperationCanceledException>();
        await ShouldBeHeldAsync();
        _gate.Open();
        await first;
        await ShouldBeFreeAsync();
    }

    [Fact]
    public async Task Watch_PolledByAGuest_WakesItWithTheChange()
    {
        var run = _host.RunAsync(await LoadAsync("beta/kv/local/.watch/.all", "(call $open) (call $gate) (call $poll) (call $read)"));
        await _gate.ArrivedAsync();
        _gate.Open();

        await _backend.CommitAsync(new(KeyValueOperation.Put("key", default)), default);

        await run;
    }

    [Theory]
    [InlineData("(call $commit)", true)]
    [InlineData("", false)]
    [InlineData("unreachable", false)]
    public async Task Transaction_OfAGuest_HappensOnlyIfItCommits(string end, bool happens)
    {
        var guest = await LoadAsync("beta/kv/local/.tx/t/key", $"(call $begin) (call $create) (call $write) (call $close) {end}");

        var run = _host.RunAsync(guest);
        if (end == "unreachable") await FluentActions.Awaiting(() => run).Should().ThrowAsync<GuestTrapException>();
        else await run;

        (await _backend.GetAsync("key", 0, default) is not null).Should().Be(happens);
    }

    private Task<GuestModule> LoadAsync(string path, string body) => _host.LoadTextAsync(GuestText.Command(path, body, declarations: Functions));

    private async Task ShouldBeFreeAsync() => await _host.RunAsync(await LoadAsync(LockPath, "(call $try)"));

    private async Task ShouldBeHeldAsync()
    {
        var guest = await LoadAsync(LockPath, "(call $try)");
        var failure = await _host.Awaiting(it => it.RunAsync(guest)).Should().ThrowAsync<GuestExitException>();
        failure.Which.ExitCode.Should().Be((int)Errno.Again);
    }
}
