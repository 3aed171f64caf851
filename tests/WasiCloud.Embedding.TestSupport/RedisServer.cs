using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace WasiCloud.Embedding;

/// <summary>A real server on a loopback port, with a folder of its own; it ends with this object, or at the latest with this process.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-redis-");
    private readonly string _program;
    private readonly string[] _arguments;
    private Process? _process;
    private Process? _watchdog;

    private RedisServer(string program, string[] arguments)
    {
        (_program, _arguments) = (program, arguments);
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
    }

    public int Port { get; private set; }

    public string Configuration => $"127.0.0.1:{Port}";

    public static async Task<RedisServer> StartAsync(params string[] arguments)
    {
        var program = await DebianPackage.FindAsync("redis-server", () => DebianPackage.FindOnPath("redis-server"));
        var server = new RedisServer(program, arguments);
        for (var attempt = 0; ; attempt++)
        {
            server.Port = LoopbackPort.Find();
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                // Somebody took the port meanwhile.
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts the server, on the same port and files, and waits until it answers.</summary>
    public async Task StartAgainAsync()
    {
        _process = Process.Start(Prepare())!;
        _watchdog = StartWatchdog(_process.Id);
        var output = _process.StandardOutput.ReadToEndAsync();
        var patience = Stopwatch.StartNew();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited || patience.Elapsed > Patience)
            {
                await KillAsync();
                throw new InvalidOperationException($"redis-server did not start on port {Port}:\n{await output}");
            }

            await Task.Delay(20);
        }
    }

    /// <summary>Ends the server as a crash would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        _watchdog!.Kill();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Lets the server stand still (SIGSTOP): it accepts connections and answers nothing.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private ProcessStartInfo Prepare()
    {
        var start = new ProcessStartInfo(_program) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = _folder.FullName };
        string[] fixedArguments = ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", string.Empty, "--appendonly", "yes"];
        foreach (var argument in (string[])[.. fixedArguments, .. _arguments]) start.ArgumentList.Add(argument);
        return start;
    }

    // Sees its standard input end when this process does, however that happens; then ends the server and removes its files.
    private Process StartWatchdog(int server)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"cat; kill -9 {server} 2>/dev/null; rm -rf \"$0\"", _folder.FullName])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray());
            var reply = new byte[64];
            var length = await stream.ReadAsync(reply);
            var text = Encoding.ASCII.GetString(reply, 0, length);
            return text.StartsWith("+PONG", StringComparison.Ordinal) || text.StartsWith("-NOAUTH", StringComparison.Ordinal);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("/bin/kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync();
        if (kill.ExitCode != 0) throw new InvalidOperationException($"SIG{signal} could not be sent to redis-server.");
    }

    private void OnProcessExit(object? sender, EventArgs arguments) => _process?.Kill();
}
