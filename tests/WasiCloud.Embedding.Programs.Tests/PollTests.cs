using System.IO.Pipelines;
using Xunit;

namespace WasiCloud.Embedding.Programs.Tests;

/// <summary>1,000 subscriptions at once; the guest is <c>pollmany</c>.</summary>
public sealed class PollTests(ProgramHost host) : IClassFixture<ProgramHost>
{
    [Theory]
    [InlineData(ProgramHost.Memory)]
    [InlineData(ProgramHost.HostDirectory)]
    [InlineData(ProgramHost.Values)]
    public async Task Poll_OfAThousand_TellsWhatIsReady(string mount)
    {
        var (input, output) = (new Pipe(), new ProgramOutput());
        var running = host.RunAsync("pollmany", input.Reader, output, await host.CreatePlaceAsync(mount));
        for (var round = 1; round <= 2; round++)
        {
            // The guest may end without waiting, with a check that failed.
            await Task.WhenAny(output.WaitForAsync("waiting", round), running);
            await input.Writer.WriteAsync("x"u8.ToArray());
        }

        (await running).Succeeds();
    }
}
