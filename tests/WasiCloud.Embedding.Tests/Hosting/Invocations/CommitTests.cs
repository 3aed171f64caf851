using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.KeyValue.Memory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting.Invocations;

public sealed class CommitTests
{
    [Theory]
    [InlineData("")]
    [InlineData("(call $exit (i32.const 0))")]
    public async Task OpenFile_OfAGuestThatEndsWell_IsCommitted(string end)
    {
        (await WriteAsync(end)).Should().Be("value");
    }

    [Theory]
    [InlineData("(call $exit (i32.const 1))")]
    [InlineData("unreachable")]
    [InlineData("(loop (br 0))")]
    public async Task OpenFile_OfAGuestThatFails_IsNotCommitted(string end)
    {
        (await WriteAsync(end)).Should().BeNull();
    }

    [Fact]
    public async Task ClosedFile_OfAGuestThatFails_IsCommitted()
    {
        (await WriteAsync("(call $close) unreachable")).Should().Be("value");
    }

    [Fact]
    public async Task OpenFile_ThatCannotBeCommitted_IsACommitFailure()
    {
        var failure = await FailToCloseAsync(new TestMount { OnClose = (_, _) => new(Errno.NoSpc) });

        failure.Exception.Error.Should().Be(Errno.NoSpc);
        failure.Exception.Path.Should().EndWith("/test/file");
        failure.Logs.Entries.Should().BeEmpty();
    }

    [Fact]
    public async Task OpenFile_WhoseCommitThrows_IsACommitFailureAndOneLogEntry()
    {
        var failure = await FailToCloseAsync(new TestMount { OnClose = (_, _) => throw new TimeoutException("The store is down.") });

        failure.Exception.Error.Should().Be(Errno.IO);
        failure.Exception.Path.Should().EndWith("/test/file");
        failure.Logs.Entries.Should().ContainSingle().Which.Exception!.ToString().Should().Contain("/test/file").And.Contain("The store is down.");
    }

    [Fact]
    public async Task OpenFile_OfAGuestThatFails_IsAbandonedOnce()
    {
        var reasons = new List<CloseReason>();
        var mount = new TestMount
        {
            OnClose = (reason, _) =>
            {
                reasons.Add(reason);
                throw new TimeoutException("Nobody needs to know.");
            },
        };
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.ReadWrite, _ => mount));
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open) (call $exit (i32.const 5))"));

        var failure = await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<GuestExitException>();

        failure.Which.ExitCode.Should().Be(5);
        reasons.Should().Equal(CloseReason.Abandoned);
    }

    private static async Task<string?> WriteAsync(string end)
    {
        var backend = new MemoryKeyValueBackend();
        await using var host = new TestHost(build: builder => builder.AddKeyValue(kv => kv.Scope("local").UseBackend(_ => backend)));
        var module = await host.LoadTextAsync(GuestText.Command("beta/kv/local/key", $"(call $create) (call $write) {end}", "value"));

        var run = host.RunAsync(module, new InvocationRequest { Timeout = TimeSpan.FromMilliseconds(500) });
        await ((Task)run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        return await backend.GetAsync("key", 100, CancellationToken.None) is { Value: { } value } ? Encoding.UTF8.GetString(value.ToArray()) : null;
    }

    private static async Task<(GuestCommitException Exception, LogCollector Logs)> FailToCloseAsync(TestMount mount)
    {
        await using var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.ReadWrite, _ => mount));
        var module = await host.LoadTextAsync(GuestText.Command("test/file", "(call $open)"));

        var failure = await host.Awaiting(it => it.Host.InvokeAsync(module, new InvocationRequest())).Should().ThrowAsync<GuestCommitException>();

        return (failure.Which, host.Logs);
    }
}
