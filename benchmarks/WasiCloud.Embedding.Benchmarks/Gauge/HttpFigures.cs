using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What a guest endpoint keeps of Kestrel's rate, by wrk: each endpoint twice, in turn.</summary>
internal sealed class HttpFigures : IGaugeFigures
{
    private const string Name = "http-ratio";
    private const int Rounds = 2;

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        using var server = ChildProcess.Start(typeof(HttpServer).Assembly, GaugeCommand.Name, HttpServer.Verb, execution.ToString());
        var address = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server did not start.");
        GaugeFigure figure;
        try
        {
            await LoadGenerator.RequestAsync(address + "/plain", "1s");
            await LoadGenerator.RequestAsync(address + "/guest", "1s");
            var (plain, guest) = (0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                plain += await LoadGenerator.RequestAsync(address + "/plain", "2s");
                guest += await LoadGenerator.RequestAsync(address + "/guest", "2s");
            }

            figure = new GaugeFigure(Name, guest / plain, string.Create(CultureInfo.InvariantCulture, $"x ({guest / Rounds:F0}/s of {plain / Rounds:F0}/s)"));
        }
        catch (Win32Exception)
        {
            figure = new GaugeFigure(Name, null, "wrk is not installed (Debian package wrk)");
        }

        server.StandardInput.Close();
        await server.WaitForExitAsync();
        yield return figure;
    }
}
