using System.IO.Pipelines;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>Go's scheduler on <c>poll_oneoff</c>; the guest is <c>goroutines</c>.</summary>
public sealed class GoroutineTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    [InlineData(ProgramHost.StoredValues)]
    public async Task Goroutines_ThatSleepAndRead_RunAtOnce(string mount)
    {
        var (input, output) = (new Pipe(), new ProgramOutput());
        var running = host.RunAsync("goroutines", input.Reader, output, await host.CreatePlaceAsync(mount));

        // Standard input stays empty until the other goroutines were seen to run.
        await Task.WhenAny(output.WaitForAsync("ticking"), running);
        await input.Writer.WriteAsync("first\nsecond\nthi"u8.ToArray());
        await Task.WhenAny(output.WaitForAsync("line 2: second"), running);
        await input.Writer.WriteAsync("rd"u8.ToArray());
        await input.Writer.CompleteAsync();

        (await running).Succeeds().Should().ContainInOrder("ticking", "line 1: first", "line 2: second", "line 3: third", "ok lines 3")
            .And.Contain("ok ticks before the first line: true").And.Contain("ok workers 50");
    }
}
