using WasiCloud.Embedding.Text;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Talks with one compiler process, and finds out why it gives no answer. The process is killed when its time is over.</summary>
internal sealed class CompilerExchange : IDisposable
{
    private const int KilledCode = 128 + 9;

    private readonly CompilerProcess _process;
    private readonly TimeSpan _startTimeout;
    private readonly TimeSpan _maxTime;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenSource _start;
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenRegistration[] _registrations;
    private volatile bool _isGreeted;

    public CompilerExchange(CompilerProcess process, TimeSpan startTimeout, TimeSpan maxTime, TimeProvider time, CancellationToken cancellationToken)
    {
        (_process, _startTimeout, _maxTime, _cancellation) = (process, startTimeout, maxTime, cancellationToken);
        _start = new CancellationTokenSource(startTimeout, time);
        _limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _registrations = [.. new[] { _start.Token, _limit.Token, cancellationToken }.Select(token => token.UnsafeRegister(_ => process.Kill(), null))];
    }

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="request">What for.</param>
    /// <param name="maxArtifactBytes">The most that code may have, in bytes.</param>
    public async Task<CompilerAnswer> RunAsync(CompilerRequest request, long maxArtifactBytes)
    {
        // Pipes have no asynchronous form that could be cancelled; what ends the process ends these reads. No thread of the pool is held by them.
        var talk = Task.Factory.StartNew(() => Talk(request, maxArtifactBytes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return await talk.ConfigureAwait(false);
        }
        catch (InvalidDataException exception)
        {
            _process.Kill();
            var ended = await _process.WaitAsync().ConfigureAwait(false);
            throw Interruption() ?? (_isGreeted
                ? new InvalidGuestModuleException($"The compiler's answer is damaged: {exception.Message}.")
                : NoCompiler($"it says something else{Words(ended.Error)}"));
        }
        catch (IOException)
        {
            // It has ended, or closed its streams and has until its time is over.
            var (code, error) = await _process.WaitAsync().ConfigureAwait(false);
            throw Interruption() ?? (_isGreeted
                ? Describe(code, error, request.MaxBytes)
                : NoCompiler(FormattableString.Invariant($"it ended with code {code}{Words(error)}")));
        }
    }

    public static InvalidGuestModuleException MemoryExceeded(long maxBytes) =>
        new(FormattableString.Invariant($"Compiling the module took more memory than {nameof(WasiCloudOptions.MaxCompilationBytes)} ({maxBytes} bytes)."));

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _start.Dispose();
        _limit.Dispose();
    }

    private static string Words(string error) => error.Length == 0 ? string.Empty : $": {SafeText.Of(error, ModuleInspection.MaxMessageLength)}";

    private static InvalidGuestModuleException Describe(int code, string error, long maxBytes) => MemoryShortage.IsToldBy(error)
        ? MemoryExceeded(maxBytes)
        : code switch
        {
            KilledCode => new InvalidGuestModuleException("The compiler was killed from outside; the system may have had no memory left."),
            > 128 => new InvalidGuestModuleException(
                FormattableString.Invariant($"Compiling the module made the compiler crash (signal {code - 128}{Words(error)}).")),
            _ => new InvalidGuestModuleException(FormattableString.Invariant($"The compiler ended with code {code} before it had answered{Words(error)}.")),
        };

    private static InvalidOperationException NoCompiler(string what) => new(
        $"The program that was started as {nameof(WasiCloudOptions.CompilerCommand)} did not answer as a compiler ({what}). "
        + "'GuestCompiler.RunIfRequested(args);' must be the first statement of its Main.");

    private CompilerAnswer Talk(CompilerRequest request, long maxArtifactBytes)
    {
        var greeting = new byte[CompilerRequest.Greeting.Length];
        _process.Output.ReadExactly(greeting);
        if (!greeting.AsSpan().SequenceEqual(CompilerRequest.Greeting)) throw new InvalidDataException();
        _isGreeted = true;
        _start.CancelAfter(Timeout.InfiniteTimeSpan);
        _limit.CancelAfter(_maxTime);
        request.WriteTo(_process.Input);
        return CompilerAnswer.Read(_process.Output, maxArtifactBytes);
    }

    // Why the process was killed, if it was from here.
    private Exception? Interruption()
    {
        if (_cancellation.IsCancellationRequested) return new OperationCanceledException(_cancellation);
        if (_start.IsCancellationRequested) return NoCompiler($"it said nothing for {_startTimeout}");
        return _limit.IsCancellationRequested
            ? new InvalidGuestModuleException(
                $"Compiling the module took longer than {nameof(WasiCloudOptions.MaxCompilationTime)} ({_maxTime}) and was ended.")
            : null;
    }
}
