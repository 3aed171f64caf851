using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Authority.Audit;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Authority;

public sealed class AuditTrailTests : IDisposable
{
    private const int SinkFailed = 51;
    private const int Denied = 53;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly LogCollector _logs = new();
    private readonly RecordingAudit _sink = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public void Record_AnEntry_IsToldToTheLogAndToAllSinks()
    {
        var other = new RecordingAudit();
        Create(10, _sink, other).Record(Guest("module", "alice"), GuestAuditKind.Denied, "/beta/kv/local/a", "w");

        var expected = new GuestAuditEntry(GuestAuditKind.Denied, "module", "alice", "7", "/beta/kv/local/a", _time.GetUtcNow(), "w");
        _sink.Entries.Should().Equal(expected);
        other.Entries.Should().Equal(expected);
        var entry = _logs[Denied].Should().ContainSingle().Subject;
        entry.Level.Should().Be(LogLevel.Warning);
        entry.Values.Should().Contain(new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["Kind"] = "Denied",
            ["Path"] = "/beta/kv/local/a",
            ["Invocation"] = "7",
            ["Module"] = "module",
            ["Tenant"] = "alice",
            ["Detail"] = "w",
        });
    }

    [Fact]
    public void Record_MoreThanTheLogIsToHave_IsCountedAndAllToldToSinks()
    {
        var audit = Create(2, _sink);
        for (var number = 0; number < 5; number++) audit.Record(Guest("module"), GuestAuditKind.SecretRead, $"/{number}");
        audit.Record(Guest("module"), GuestAuditKind.Denied, "/denied");
        audit.Record(Guest("other"), GuestAuditKind.SecretRead, "/other");

        _logs.Entries.Select(entry => entry.Values["Path"]).Should().Equal("/0", "/1", "/denied", "/other");
        _time.Advance(TimeSpan.FromSeconds(1));
        audit.Record(Guest("module"), GuestAuditKind.SecretRead, "/later");
        audit.Record(Guest("module"), GuestAuditKind.SecretRead, "/last");

        _logs.Entries.Skip(4).Select(entry => entry.Values.GetValueOrDefault("Path") ?? entry.Values["LeftOut"]).Should().Equal(3L, "/later", "/last");
        _sink.Entries.Should().HaveCount(9);
    }

    [Fact]
    public void Record_NoneForTheLog_IsToldToSinks()
    {
        Create(0, _sink).Record(Guest("module"), GuestAuditKind.SecretRead, "/a");

        _logs.Entries.Should().BeEmpty();
        _sink.Entries.Should().HaveCount(1);
    }

    [Fact]
    public void Record_ManyModules_KeepsNoMoreThanThoseOfASecond()
    {
        var rate = new AuditRate(1, _time);
        for (var number = 0; number < 4_096; number++)
        {
            rate.TryTake(GuestAuditKind.Denied, $"{number}", out _).Should().BeTrue();
            rate.TryTake(GuestAuditKind.Denied, $"{number}", out _).Should().BeFalse();
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        rate.TryTake(GuestAuditKind.Denied, "new", out var leftOut).Should().BeTrue();
        leftOut.Should().Be(4_096, "what was left out of others is told once, too");
        rate.TryTake(GuestAuditKind.Denied, "newer", out leftOut).Should().BeTrue();
        leftOut.Should().Be(0);
    }

    [Fact]
    public void Record_ASinkThatThrows_IsToldOnceAndHarmsNobody()
    {
        var audit = Create(10, new Throwing(), _sink, new Throwing());

        for (var number = 0; number < 3; number++) audit.Record(Guest("module"), GuestAuditKind.SecretRead, "/a");

        _sink.Entries.Should().HaveCount(3);
        _logs[SinkFailed].Should().HaveCount(2, "each says it once");
    }

    [Fact]
    public void Record_APathOfAStranger_IsSafeToShow()
    {
        var guest = Guest("module");
        guest.BeginMask().TryAdd("key", "a-secret"u8, 1);

        Create(10, _sink).Record(guest, GuestAuditKind.Denied, "/a\n\u001b[2J/a-secret/" + new string('x', 5_000), "of a-secret");

        var entry = _sink.Entries.Should().ContainSingle().Subject;
        entry.Path.Should().StartWith("/a\\u{a}\\u{1b}[2J/***/xxx").And.Match(path => path.Length < 1_100);
        entry.Detail.Should().Be("of ***");
        _logs[Denied][0].Message.Should().NotContain("a-secret").And.NotContain("\n");
    }

    private static InvocationContext Guest(string module, string? tenant = null) => new() { Id = "7", Module = module, Tenant = tenant };

    private AuditTrail Create(int most, params IGuestAudit[] sinks) =>
        new(sinks, Options.Create(new WasiCloudOptions { MaxAuditEntriesPerSecond = most }), _time, _logs);

    private sealed class Throwing : IGuestAudit
    {
        public void Record(in GuestAuditEntry entry) => throw new IOException("The disk is full.");
    }
}
