using System.Globalization;
using FluentAssertions;
using WasiCloud.Embedding.Fuzz.Soak;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests;

/// <summary>Counts what the whole process holds, so nothing else may run beside it.</summary>
[CollectionDefinition("Process", DisableParallelization = true)]
public sealed class ProcessCollection;

[Collection("Process")]
public sealed class SoakTests
{
    [Fact]
    public async Task GoodAndHostileGuests_Thousands_LeaveNothing()
    {
        using var report = new StringWriter(CultureInfo.InvariantCulture);

        var isClean = await new SoakRun(Effort.Of(20_000), Effort.Of(500), Effort.Seed).RunAsync(report);

        isClean.Should().BeTrue(report.ToString());
    }

    [Fact]
    public async Task Report_OfSomethingThatGrew_IsALeak()
    {
        var before = new ProcessState(10, 10, 100, 0, 0, 0, 0, 0, 0, Fuzz.FuzzHost.Slots);

        foreach (var after in new[] { before with { Descriptors = 19 }, before with { Threads = 133 }, before with { MountNodes = 1 },
            before with { MountHandles = 1 }, before with { FreeSlots = 15 }, before with { NativeBytes = 17 << 20 } })
            (await LeakReport.WriteAsync(TextWriter.Null, before, after)).Should().BeFalse();
        (await LeakReport.WriteAsync(TextWriter.Null, before, before)).Should().BeTrue();
    }
}
