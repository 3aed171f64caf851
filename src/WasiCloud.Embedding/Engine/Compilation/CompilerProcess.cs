using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>One process that was started to compile. It has ended, and is reaped, when this is disposed.</summary>
internal sealed class CompilerProcess : IAsyncDisposable
{
    private const int KeptErrorBytes = 4 << 10;

    // What a program needs to start, and nothing else of this process's environment, which may hold secrets.
    private static readonly string[] s_passedOn = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"];

    private readonly Lock _lock = new();
    private readonly Process _process;
    private readonly Task<string> _standardError;

    private CompilerProcess(Process process)
    {
        _process = process;
        _standardError = Task.Factory.StartNew(ReadError, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>Starts it.</summary>
    /// <exception cref="InvalidOperationException">There is no such program.</exception>
    public static CompilerProcess Start(CompilerCommand command)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetEnvironment(start.Environment);
        try
        {
            return new CompilerProcess(Process.Start(start)!);
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException($"The compiler '{command.Program}' cannot be started: {exception.Message}", exception);
        }
    }

    /// <summary>Ends it, and what it started, if it has not ended. Any thread may call this.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            try
            {
                _process.Kill(entireProcessTree: true);
            }
            catch (Exception exception) when (exception is AggregateException or Win32Exception)
            {
                // A command may have become another user's process, which cannot be ended from here: it ends with its input.
            }
        }
    }

    /// <summary>Waits for its end, which <see cref="Kill"/> or the process itself brings about.</summary>
    /// <returns>Its exit code, 128 and the signal if one ended it, and the last of what it wrote to standard error.</returns>
    public async Task<(int ExitCode, string Error)> WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        return (_process.ExitCode, await _standardError.ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Input.DisposeAsync().ConfigureAwait(false);
        await WaitAsync().ConfigureAwait(false);
        _process.Dispose();
    }

    private static void SetEnvironment(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.Where(name => !IsPassedOn(name)).ToArray()) environment.Remove(name);
        environment.Remove("DOTNET_STARTUP_HOOKS");
        environment["DOTNET_EnableDiagnostics"] = "0";
        environment["DOTNET_DbgEnableMiniDump"] = "0";

        // One heap and no thread that collects in the background: it lives for one module.
        environment["DOTNET_gcServer"] = "0";
        environment["DOTNET_gcConcurrent"] = "0";
    }

    private static bool IsPassedOn(string name) => s_passedOn.Contains(name, StringComparer.Ordinal) || name.StartsWith("DOTNET_", StringComparison.Ordinal);

    private string ReadError()
    {
        var kept = new byte[KeptErrorBytes];
        var buffer = new byte[KeptErrorBytes];
        var (count, error) = (0, _process.StandardError.BaseStream);
        while (error.Read(buffer) is > 0 and var read)
        {
            var old = Math.Min(count, KeptErrorBytes - read);
            kept.AsSpan(count - old, old).CopyTo(kept);
            buffer.AsSpan(0, read).CopyTo(kept.AsSpan(old));
            count = old + read;
        }

        return Encoding.UTF8.GetString(kept, 0, count);
    }
}
