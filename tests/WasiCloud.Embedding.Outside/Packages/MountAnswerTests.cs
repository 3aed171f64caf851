using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace OutsidePackages;

/// <summary>What a mount of another's answers is what a guest gets, at every call that can fail.</summary>
public sealed class MountAnswerTests(MountAnswerTests.Hosts hosts) : IClassFixture<MountAnswerTests.Hosts>
{
    // Quota, denial, busy, no space, read-only, and others that no mount here gives at such a call.
    private static readonly Errno[] s_errors =
    [
        Errno.DQuot, Errno.Access, Errno.Busy, Errno.NoSpc, Errno.RoFs, Errno.Perm, Errno.FBig, Errno.TimedOut, Errno.Stale, Errno.NoMem, Errno.IO,
        Errno.NetUnreach,
    ];

    [Theory]
    [InlineData("lookup", "stat b /answers/{0} 1")]
    [InlineData("stat", "stat b /answers/{0} 1")]
    [InlineData("times", "open 0 b /answers/{0} r", "ftimes 0 - 1 5 5")]
    [InlineData("open", "open 0 b /answers/{0} r")]
    [InlineData("create", "open 0 b /answers/{0} cw")]
    [InlineData("read", "open 0 b /answers/{0} r", "read 0 5")]
    [InlineData("write", "open 0 b /answers/{0} w", "write 0 5")]
    [InlineData("append", "open 0 b /answers/{0} wa", "write 0 5")]
    [InlineData("truncate", "open 0 b /answers/{0} w", "truncate 0 3")]
    [InlineData("allocate", "open 0 b /answers/{0} w", "allocate 0 0 3")]
    [InlineData("sync", "open 0 b /answers/{0} w", "sync 0 0")]
    [InlineData("datasync", "open 0 b /answers/{0} w", "sync 0 1")]
    [InlineData("close", "open 0 b /answers/{0} w", "close 0")]
    [InlineData("syncdir", "open 0 b /answers/{0} rd", "sync 0 0")]
    [InlineData("mkdir", "mkdir b /answers/{0}")]
    [InlineData("rmdir", "rmdir b /answers/{0}")]
    [InlineData("unlink", "unlink b /answers/{0}")]
    [InlineData("rename", "rename b /answers/{0} b /answers/other")]
    [InlineData("symlink", "symlink target b /answers/{0}")]
    [InlineData("link", "link b /answers/other b /answers/{0}")]
    [InlineData("list", "list b /answers/{0}")]
    [InlineData("readlink", "readlink b /answers/{0} 100")]
    public async Task Call_OfWhichTheMountSaysSo_GetsThatErrno(string call, string first, string? second = null)
    {
        string[] lines = second is null ? [first] : [first, second];
        var calls = s_errors.SelectMany(error => lines.Select(line => string.Format(null, line, $"{call}.{error}")));

        var answers = (await hosts.Host.CallAsync(calls)).Where((_, index) => index % lines.Length == lines.Length - 1);

        answers.Should().Equal(s_errors.Select(Answer.Print));
        hosts.Host.Logs.Entries.Should().BeEmpty("an answer is no failure of the mount");
    }

    // What takes all the values that there are tells that none is kept from others.
    [Fact]
    public async Task Read_EveryErrno_IsWhatTheGuestGets()
    {
        var all = Enum.GetValues<Errno>().Where(error => error != Errno.Success).ToArray();
        var answers = await hosts.Host.CallAsync(all.SelectMany(error => new[] { $"open 0 b /answers/read.{error} r", "read 0 5" }));
        answers.Where((_, index) => index % 2 == 1).Should().Equal(all.Select(Answer.Print));
    }

    [Fact]
    public async Task Attach_ThatIsRefused_IsTheErrnoOfEveryCall() =>
        (await hosts.Host.CallAsync("stat b /denied/x 1", "open 0 b /denied/x r", "mkdir b /busy/x")).Should().Equal("EACCES", "EACCES", "EBUSY");

    [Fact]
    public async Task ReadOnlyMount_OfWhatMayBeWrittenAndWhatMayNotBeRead_AsksTheFile() =>
        (await hosts.Host.CallAsync("open 0 b /readonly/plain w", "open 0 b /readonly/device w", "open 0 b /readonly/taken r", "open 0 b /readonly/plain r"))
            .Should().Equal("EROFS", "0", "EROFS", "0");

    [Fact]
    public async Task Poll_OfAStream_TellsWhatTheMountKnows() =>
        (await hosts.Host.CallAsync(
            "open 0 b /answers/stream7 r",
            "available 0",
            "open 0 b /answers/stream0 r",
            "available 0",
            "open 0 b /answers/stream r",
            "available 0")).Should().Equal("0", "7", "0", "0", "0", "1");

    public sealed class Hosts : IAsyncLifetime
    {
        internal OutsideHost Host { get; } = new(builder => builder
            .AddMount<AnsweringMount>("/answers", FileAccess.ReadWrite, Errno.Success)
            .AddMount("/denied", FileAccess.ReadWrite, _ => new AnsweringMount(Errno.Access))
            .AddMount("/busy", FileAccess.ReadWrite, _ => new AnsweringMount(Errno.Busy))
            .AddMount("/readonly", FileAccess.Read, _ => new AnsweringMount()));

        public Task InitializeAsync() => Task.CompletedTask;

        public Task DisposeAsync() => Host.DisposeAsync().AsTask();
    }
}
