using System.Diagnostics;
using System.Runtime.InteropServices;

namespace WasiCloud.Embedding;

/// <summary>A web application of <c>samples</c> as a process of its own, on a free port.</summary>
internal sealed partial class SampleProcess : IDisposable
{
    // SIGTERM, as of a service manager. Ctrl+C's SIGINT takes the same way, but a process started in the background of a script ignores it.
    private const int Terminate = 15;

    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;

    private SampleProcess(Process process, Uri address) => (_process, Client) =
        (process, new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address, Timeout = Patience });

    public HttpClient Client { get; }

    /// <summary>Starts a sample.</summary>
    /// <param name="sample">The name of its folder and of its assembly.</param>
    /// <param name="moduleCache">Where compiled modules are kept.</param>
    /// <param name="arguments">Its settings.</param>
    public static async Task<SampleProcess> StartAsync(string sample, string moduleCache, params string[] arguments)
    {
        // tests/<project>/bin/<configuration>/<framework>
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var folder = Path.GetFullPath(Path.Combine(output.FullName, "../../../../../samples", sample));
        var assembly = Path.Combine(folder, "bin", output.Parent!.Name, output.Name, sample + ".dll");
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var process = Process.Start(new ProcessStartInfo(
            dotnet, ["exec", assembly, "--urls", "http://127.0.0.1:0", "--WasiCloud:Execution", TestExecution.Value.ToString(), .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["XDG_CACHE_HOME"] = moduleCache },
        })!;
        try
        {
            return new SampleProcess(process, await ReadAddressAsync(process).WaitAsync(Patience));
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        if (Signal(_process.Id, Terminate) != 0) throw new InvalidOperationException("The process is gone.");
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }

    // Reads on to the end: a sample whose log nobody reads would stop at a full pipe.
    private static Task<Uri> ReadAddressAsync(Process process)
    {
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, received) =>
        {
            if (received.Data is not { } line) address.TrySetException(new InvalidOperationException("The sample ended before it listened."));
            else if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var start) address.TrySetResult(new Uri(line[(start + Listening.Length)..]));
        };
        process.BeginOutputReadLine();
        return address.Task;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
