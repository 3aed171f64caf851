using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FluentAssertions;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests;

/// <summary>
/// Each limit has a name, and is counted where it is hit. Other tests hit limits at the same time, so that counts are at least what is expected.
/// </summary>
public sealed class GuestLimitMeterTests : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _hits = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public GuestLimitMeterTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "WasiCloud.Embedding", Name: "wasicloud.guest.limit_hits" }) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
            _hits.AddOrUpdate((string)tags[0].Value!, value, (_, sum) => sum + value));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    public static TheoryData<GuestLimit> Limits => [.. Enum.GetValues<GuestLimit>()];

    [Theory]
    [MemberData(nameof(Limits))]
    public void Count_OfEachLimit_CountsItUnderItsName(GuestLimit limit)
    {
        GuestLimitMeter.Count(limit);

        _hits.Should().ContainKey(GuestLimitMeter.NameOf(limit));
    }

    [Fact]
    public void Names_OfLimits_AreThoseOfPoliciesAndDiffer()
    {
        var names = Enum.GetValues<GuestLimit>().Select(GuestLimitMeter.NameOf).ToArray();

        names.Should().OnlyHaveUniqueItems().And.Contain(LimitKind.All.Select(kind => kind.Name));
    }

    [Fact]
    public void Exception_OfALimit_IsCounted()
    {
        _ = new GuestLimitException(GuestLimit.DaemonTenants, 3);

        _hits.Should().ContainKey("daemon-tenants");
    }

    [Theory]
    [InlineData("limit log-lines 1", "log-lines")]
    [InlineData("limit log-bytes 1", "log-bytes")]
    [InlineData("limit temporary-files 1", "temporary-files")]
    [InlineData("limit temporary-bytes 700", "temporary-bytes")]
    [InlineData("", "stack")]
    public async Task Guest_ThatHitsALimitWithoutAnExceptionOfIt_IsCounted(string policy, string name)
    {
        await using var host = new TestHost(options => options.MaxStackBytes = 64 << 10);
        var text = name switch
        {
            "stack" => """(module (memory (export "memory") 1) (func $deep (call $deep)) (func (export "_start") (call $deep)))""",
            "log-lines" or "log-bytes" => GuestText.Command("dev/null", "(call $write_to (i32.const 1)) (call $write_to (i32.const 1))", "line\n"),
            _ => GuestText.Command("tmp/file", "(call $create) (call $check (call $path_create_directory (i32.const 3) (i32.const 1024) (i32.const 7)))"),
        };
        var module = await host.LoadTextAsync(text);

        await Record.ExceptionAsync(() => host.RunAsync(module, new InvocationRequest { Policy = GuestPolicy.Parse(policy) }));

        _hits.Should().ContainKey(name);
    }
}
