using System.Diagnostics;
using System.Text;
using WasiCloud.Embedding.Reliability.History.Faults;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>A <see cref="HistoryWorker"/>, seen from outside.</summary>
internal sealed class HistoryProcess : IAsyncDisposable
{
    private readonly TaskCompletionSource _quiet = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;
    private readonly Task _reading;

    private HistoryProcess(Process process, HistoryRecorder recorder)
    {
        _process = process;
        _reading = ReadAsync(recorder);
    }

    /// <summary>Ends when it has said that there will be no more calls, or has ended.</summary>
    public Task Quiet => _quiet.Task;

    /// <summary>Starts one.</summary>
    /// <param name="recorder">Gets what its clients tell.</param>
    /// <param name="arguments">The command, and what it needs.</param>
    public static HistoryProcess Start(HistoryRecorder recorder, params string[] arguments) =>
        new(ChildProcess.Start(typeof(HistoryProcess).Assembly, arguments), recorder);

    /// <summary>Writes a line to its standard input.</summary>
    public async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Lets the clients end.</summary>
    public void End() => _process.StandardInput.Close();

    /// <summary>Lets it stand still (SIGSTOP).</summary>
    public void Pause() => ProcessSignal.Pause(_process.Id);

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Resume() => ProcessSignal.Resume(_process.Id);

    /// <summary>Ends it (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _reading;
    }

    /// <summary>Waits until it has ended by itself.</summary>
    /// <exception cref="LedgerViolationException">It failed.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _reading;
        if (_process.ExitCode != 0) throw new LedgerViolationException($"A host ended with exit code {_process.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadAsync(HistoryRecorder recorder)
    {
        // A line that was cut off by the kill is no line.
        var rest = new StringBuilder();
        var buffer = new char[64 * 1024];
        for (int length; (length = await _process.StandardOutput.ReadAsync(buffer)) > 0;)
        {
            foreach (var character in buffer.AsSpan(0, length))
            {
                if (character != '\n') rest.Append(character);
                else Receive(recorder, rest);
            }
        }

        _quiet.TrySetResult();
    }

    private void Receive(HistoryRecorder recorder, StringBuilder line)
    {
        if (line.Equals(HistoryWorker.Quiet)) _quiet.TrySetResult();
        else recorder.Add(line.ToString());
        line.Clear();
    }
}
