using System.IO.Pipelines;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class FailingMountTests
{
    private const int HostCallFailed = 3;

    public static TheoryData<string, string, string> Places => new()
    {
        { "attach", "path_open", "test/file" },
        { "lookup", "path_open", "test/file" },
        { "read", "fd_read", "/test/file" },
        { "read later", "fd_read", "/test/file" },
        { "cancel", "fd_read", "/test/file" },
        { "close", "fd_close", "" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Mount_ThatThrows_IsEioForTheGuestAndOneLogEntry(string place, string function, string path)
    {
        var mount = new TestMount
        {
            OnAttach = _ => place == "attach" ? throw new TimeoutException(place) : default,
            OnLookup = _ => place == "lookup" ? throw new TimeoutException(place) : default,
            OnRead = async _ =>
            {
                if (place == "read") throw new TimeoutException(place);
                await Task.Yield();
                if (place == "cancel") throw new OperationCanceledException(place);
                return place == "read later" ? throw new TimeoutException(place) : 0;
            },
            OnClose = (_, _) => place == "close" ? throw new TimeoutException(place) : new(Errno.Success),
        };
        await using var host = CreateHost(mount);
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open) (call $read) (call $close)"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be((int)Errno.IO);
        var entry = host.Logs[HostCallFailed].Should().ContainSingle().Which;
        entry.Exception!.Message.Should().Be(place);
        entry.Values["Function"].Should().Be(function);
        entry.Values["Path"].Should().BeOfType<string>().Which.Should().EndWith(path);
        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task Backend_ThatThrows_IsEioForTheGuestAndOneLogEntry()
    {
        await using var host = new TestHost(build: builder => builder.AddKeyValue(kv => kv.Scope("local").UseBackend(_ => new BrokenBackend())));
        var module = await host.LoadTextAsync(GuestText.Command("beta/kv/local/key", "(call $open) (call $read)"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be((int)Errno.IO);
        var entry = host.Logs[HostCallFailed].Should().ContainSingle().Which;
        entry.Exception!.Message.Should().Be("The store is down.");
        entry.Message.Should().Contain("beta/kv/local/key");
    }

    [Fact]
    public async Task Mount_WhoseReleaseThrows_CostsNoSlot()
    {
        var mount = new TestMount { OnRelease = () => throw new TimeoutException("release") };
        await using var host = CreateHost(mount, options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open) (call $close)"));

        await host.RunAsync(module);
        await host.RunAsync(module);

        host.Logs[7].Should().HaveCount(2).And.OnlyContain(entry => entry.Exception is TimeoutException);
    }

    [Fact]
    public async Task Log_ThatThrows_EndsTheGuestAndCostsNoSlot()
    {
        var mount = new TestMount { OnRead = _ => throw new TimeoutException("read") };
        await using var host = CreateHost(mount, options => options.MaxConcurrentInvocations = 1);
        host.Logs.Fails = HostCallFailed;
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open) (call $read)"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestTrapException>();

        failure.Which.InnerException!.Message.Should().Be("The log failed.");
        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task RequestBody_ThatThrows_IsEioForTheGuestAndOneLogEntry()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("request/body", "(call $open) (call $read)"));
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync(new InvalidOperationException("The client is a teapot."));

        var failure = await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Method = "POST", Body = pipe.Reader }))
            .Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be((int)Errno.IO);
        host.Logs[HostCallFailed].Should().ContainSingle().Which.Exception!.Message.Should().Contain("teapot");
    }

    [Fact]
    public async Task RequestBody_OfAConnectionThatBreaks_IsConnectionResetForTheGuest()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(GuestText.Command("request/body", "(call $open) (call $read)"));
        var pipe = new Pipe();
        await pipe.Writer.CompleteAsync(new IOException("Connection reset by peer."));

        var failure = await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Method = "POST", Body = pipe.Reader }))
            .Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be((int)Errno.ConnReset);
        host.Logs[HostCallFailed].Should().BeEmpty();
    }

    [Fact]
    public async Task Request_ThatHttpCannotExpress_IsRefusedAndCostsNoSlot()
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadGuestAsync("empty");

        await host.Awaiting(it => it.RunAsync(module, new InvocationRequest { Method = "NO GOOD" })).Should().ThrowAsync<ArgumentException>();

        await host.RunAsync(module);
    }

    private static TestHost CreateHost(TestMount mount, Action<WasiCloudOptions>? configure = null) =>
        new(configure, builder => builder.AddMount("/test", FileAccess.ReadWrite, _ => mount));

    private sealed class BrokenBackend : IKeyValueBackend
    {
        public ValueTask<KeyValueEntry?> GetAsync(string key, int maxValueLength, CancellationToken cancellationToken) => throw Down();

        public IAsyncEnumerable<KeyValueEntry> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) => throw Down();

        public ValueTask<KeyValueCommitResult> CommitAsync(KeyValueBatch batch, CancellationToken cancellationToken) => throw Down();

        public IAsyncEnumerable<KeyValueChange> WatchAsync(string prefix, long afterRevision, CancellationToken cancellationToken) => throw Down();

        private static InvalidOperationException Down() => new("The store is down.");
    }
}
