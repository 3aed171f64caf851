using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Guests that wait, in a process of their own.</summary>
internal sealed class ParkedFigures : IGaugeFigures
{
    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        using var process = ChildProcess.Start(typeof(ParkedGuests).Assembly, GaugeCommand.Name, ParkedGuests.Verb, execution.ToString());
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            yield return new GaugeFigure(words[0], double.Parse(words[1], CultureInfo.InvariantCulture), words[2]);
        }

        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"The process of waiting guests ended with {process.ExitCode}.");
    }
}
