using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>What a server in Go keeps of its native rate as a daemon: both behind the same Kestrel, the native one behind a plain proxy handler.</summary>
internal sealed class DaemonFigures : IGaugeFigures
{
    private const string Name = "daemon-ratio";
    private const int Rounds = 2;

    public async IAsyncEnumerable<GaugeFigure> MeasureAsync(GuestExecution execution)
    {
        var folder = Directory.CreateTempSubdirectory("wasicloud-native-");
        try
        {
            yield return await MeasureAsync(execution, Path.Combine(folder.FullName, "http_server"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<GaugeFigure> MeasureAsync(GuestExecution execution, string program)
    {
        if (!await TryBuildAsync(program)) return new GaugeFigure(Name, null, "Go is not installed (guests/build.sh --install-toolchains)");
        using var native = Process.Start(new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true })!;
        try
        {
            var nativeAddress = "http://" + await native.StandardOutput.ReadLineAsync();
            using var server = ChildProcess.Start(typeof(HttpServer).Assembly, GaugeCommand.Name, HttpServer.Verb, execution.ToString(), nativeAddress);
            var address = await server.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The server did not start.");
            var figure = await CompareAsync(address);
            server.StandardInput.Close();
            await server.WaitForExitAsync();
            return figure;
        }
        finally
        {
            native.Kill();
        }
    }

    private static async Task<GaugeFigure> CompareAsync(string address)
    {
        try
        {
            await LoadGenerator.RequestAsync(address + "/proxy", "1s");
            await LoadGenerator.RequestAsync(address + "/daemon", "1s");
            var (proxy, daemon) = (0.0, 0.0);
            for (var round = 0; round < Rounds; round++)
            {
                proxy += await LoadGenerator.RequestAsync(address + "/proxy", "3s");
                daemon += await LoadGenerator.RequestAsync(address + "/daemon", "3s");
            }

            return new GaugeFigure(Name, daemon / proxy, string.Create(CultureInfo.InvariantCulture, $"x ({daemon / Rounds:F0}/s of {proxy / Rounds:F0}/s)"));
        }
        catch (Win32Exception)
        {
            return new GaugeFigure(Name, null, "wrk is not installed (Debian package wrk)");
        }
    }

    private static async Task<bool> TryBuildAsync(string program)
    {
        var guests = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../guests"));
        var toolchain = Path.Combine(guests, ".toolchain/go/usr/lib/go-1.23/bin/go");
        var start = new ProcessStartInfo(File.Exists(toolchain) ? toolchain : "go", ["build", "-o", program, Path.Combine(guests, "go/http_server.go")])
        {
            UseShellExecute = false,
        };
        (start.Environment["GOTOOLCHAIN"], start.Environment["GO111MODULE"]) = ("local", "off");
        try
        {
            using var build = Process.Start(start)!;
            await build.WaitForExitAsync();
            return build.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
