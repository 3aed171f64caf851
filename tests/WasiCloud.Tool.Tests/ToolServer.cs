using System.Diagnostics;

namespace WasiCloud.Tool.Tests;

/// <summary>A process of the command that goes on until it is told to stop.</summary>
internal sealed class ToolServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;

    private ToolServer(Process process, string start, string address) => (_process, Start, Address) = (process, start, address);

    /// <summary>What it printed at its start.</summary>
    public string Start { get; }

    public string Address { get; }

    /// <summary>What it logged that nobody has read, once it has ended.</summary>
    public string RestOfLog { get; private set; } = string.Empty;

    public static Task<ToolServer> StartAsync(params string[] arguments) => StartAsync(ToolProcess.Start(["serve", .. arguments]));

    public static async Task<ToolServer> StartAsync(Process process)
    {
        var start = string.Empty;
        while (true)
        {
            var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience)
                ?? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
            start += line + "\n";
            if (line.Split('\t') is ["listening", var address, ..]) return new ToolServer(process, start, address);
        }
    }

    /// <summary>Waits for a line on standard error that contains a text.</summary>
    public async Task<string> NextLogAsync(string text)
    {
        while (true)
        {
            var line = await _process.StandardError.ReadLineAsync().WaitAsync(Patience)
                ?? throw new InvalidOperationException($"The server ended without saying '{text}'.");
            if (line.Contains(text, StringComparison.Ordinal)) return line;
        }
    }

    public void Signal(string name) => ToolProcess.Signal(_process, name);

    public Task<int> StopAsync(string signal)
    {
        Signal(signal);
        return WaitAsync();
    }

    public async Task<int> WaitAsync()
    {
        // What nobody reads would fill the pipe.
        var rest = _process.StandardError.ReadToEndAsync();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        RestOfLog = await rest;
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
