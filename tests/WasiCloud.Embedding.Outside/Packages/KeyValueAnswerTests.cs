using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.KeyValue.Example;
using Xunit;

namespace OutsidePackages;

/// <summary>What a key-value backend of another's answers is what a guest gets.</summary>
public sealed class KeyValueAnswerTests(KeyValueAnswerTests.Hosts hosts) : IClassFixture<KeyValueAnswerTests.Hosts>
{
    private static readonly Errno[] s_errors =
    [
        Errno.DQuot, Errno.Access, Errno.Busy, Errno.NoSpc, Errno.RoFs, Errno.Perm, Errno.FBig, Errno.TimedOut, Errno.Again, Errno.NoMem, Errno.IO,
    ];

    [Theory]
    [InlineData("get", "open 0 b /beta/kv/outside/{0} r")]
    [InlineData("get", "stat b /beta/kv/outside/{0} 1")]
    [InlineData("list", "stat b /beta/kv/outside/{0} 1")]
    [InlineData("put", "open 0 b /beta/kv/outside/{0} cw", "write 0 5", "sync 0 0", "close 0")]
    [InlineData("put", "open 1 b /beta/kv/outside/{0} cw", "write 1 5", "close 1")]
    [InlineData("put", "open 0 b /beta/kv/outside/{0} cwa", "write 0 5", "sync 0 0", "close 0")]
    [InlineData("put", "open 0 b /beta/kv/outside/.lock/{0} rw")]
    [InlineData("delete", "open 1 b /beta/kv/outside/{0} cw", "close 1", "unlink b /beta/kv/outside/{0}")]
    [InlineData("delete", "open 1 b /beta/kv/outside/{0} cw", "close 1", "rename b /beta/kv/outside/{0} b /beta/kv/outside/other")]
    public async Task Call_OfWhichTheBackendSaysSo_GetsThatErrno(string call, params string[] lines)
    {
        await using var host = Hosts.Create();
        var calls = s_errors.SelectMany(error => lines.Select(line => string.Format(null, line, $"{call}.{error}")));

        // What is not committed when it is closed fails once more.
        var asked = Array.FindLastIndex(lines, line => line != "close 0");
        var answers = (await host.CallAsync(calls)).Where((_, index) => index % lines.Length == asked);

        answers.Should().Equal(s_errors.Select(Answer.Print));
        host.Logs.Entries.Should().BeEmpty("an answer is no failure of the store");
    }

    [Fact]
    public async Task Put_IntoAFullStore_IsNoSpaceAndLogged()
    {
        await using var host = Hosts.Create();
        var answers = await host.CallAsync("open 0 b /beta/kv/outside/full cw", "write 0 5", "sync 0 0", "close 0");
        answers.Skip(2).Should().Equal("ENOSPC", "ENOSPC");
        host.Logs.Entries.Should().HaveCount(2, "a full store is a failure, each time");
    }

    [Fact]
    public async Task Files_OfTheBackend_AreWrittenReadAndListed() =>
        (await hosts.Host.CallAsync(
            "mkdir b /beta/kv/outside/d",
            "open 0 b /beta/kv/outside/d/x cw",
            "write 0 5",
            "close 0",
            "stat b /beta/kv/outside/d/x 1",
            "unlink b /beta/kv/outside/d/x")).Should().HaveElementAt(4, "f size=5 links=1 m=now").And.HaveElementAt(5, "0");

    public sealed class Hosts : IAsyncLifetime
    {
        internal OutsideHost Host { get; } = Create();

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => Host.DisposeAsync().AsTask();

        internal static OutsideHost Create() => new(builder => builder.AddKeyValue(keyValue =>
            keyValue.Scope("outside").UseBackend(_ => new AnsweringBackend(new ExampleBackend(TimeProvider.System)))));
    }
}
