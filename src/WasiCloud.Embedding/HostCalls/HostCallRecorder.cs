using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// Writes down the calls of one guest and tells its observer: of a guest on a thread at once, of one on a fiber when the guest has left its stack, on which
/// only this library's code runs.
/// Used by one thread at a time.
/// </summary>
internal sealed class HostCallRecorder : IDisposable
{
    // What is copied of one call on a fiber; of one that wrote more, the observer is told while the guest is still in it.
    private const uint MaxCopiedBytes = 4096;

    private readonly ObservedGuest _guest;
    private readonly HostCallBuffer _calls;
    private readonly Action<Exception> _failed;

    // Telling it what it does nothing with is a third of what being observed costs.
    private readonly bool _hearsBegins;
    private HostCallObserver? _observer;

    // Where in the buffer the observer is, and whether it was told that the call there began.
    private int _position;
    private int _index;
    private bool _hasBegun;
    private long _number;
    private bool _wasAskedToLeave;

    /// <summary>Begins with a guest.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="observer">Is told.</param>
    /// <param name="failed">Is told once what the observer threw.</param>
    public HostCallRecorder(ObservedGuest guest, HostCallObserver observer, Action<Exception> failed)
    {
        (_guest, _observer, _failed) = (guest, observer, failed);
        var wantsTimes = false;
        try
        {
            (wantsTimes, AnswersCalls) = (observer.WantsTimes, observer.AnswersCalls);
        }
        catch (Exception exception)
        {
            _observer = null;
            failed(exception);
        }

        _calls = new HostCallBuffer(guest, wantsTimes);
        _hearsBegins = new Telling(observer.CallBegan).Method.DeclaringType != typeof(HostCallObserver);
    }

    private delegate void Telling(in HostCall call);

    /// <summary>Whether the observer is to be asked for answers, which cannot be done on a fiber.</summary>
    public bool AnswersCalls { get; }

    /// <summary>What notes which bytes are written.</summary>
    public MemoryWrites Writes => _calls.Writes;

    /// <summary>Whether the guest may not go on before the observer was told: what it wrote is still in its memory, or there is no room for more.</summary>
    public bool MustTell { get; private set; }

    /// <summary>Whether the observer is to be told where the guest can leave its stack at once.</summary>
    public bool ShouldTell => MustTell || _calls.HasMany;

    /// <summary>Takes the results of the call that began last, other than an errno; none if the observer has failed.</summary>
    public Span<ulong> Results => _calls.Results;

    /// <summary>Words that are held for the observer.</summary>
    public int HeldWords => _calls.Used;

    /// <summary>A call begins, and the observer is told.</summary>
    public void Begin(HostCallSignature function, in CallArguments arguments)
    {
        if (_observer is not { } observer) return;
        _calls.Open(function, arguments);
        if (_hearsBegins) TellBegan(observer);
    }

    /// <summary>A call begins.</summary>
    public void BeginOnFiber(HostCallSignature function, in CallArguments arguments)
    {
        if (_observer is not null) _calls.Open(function, arguments);
    }

    /// <summary>A call of a function with any number of parameters begins. Then <see cref="TellBegan()"/>.</summary>
    /// <returns>Takes the arguments; none if the observer has failed.</returns>
    public Span<ulong> Open(HostCallSignature function) => _observer is null ? [] : _calls.OpenArguments(function);

    /// <summary>Tells the observer, who knows all that came before, of the call that began last.</summary>
    public void TellBegan()
    {
        if (_hearsBegins && _observer is { } observer) TellBegan(observer);
    }

    /// <summary>The call that began last has ended, and the observer is told.</summary>
    public void End(HostCallOutcome outcome)
    {
        // The usual way of a guest on a thread, whose observer knows all that came before.
        if (!_calls.TryClose(outcome, isInPlace: true) || _observer is not { } observer) return;
        try
        {
            var call = _calls.At(_index, _position, _number++, hasEnded: true);
            observer.CallEnded(in call);
            Clear();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>The call that began last has ended.</summary>
    public void EndOnFiber(HostCallOutcome outcome)
    {
        var isInPlace = _calls.Writes.TotalBytes > MaxCopiedBytes;
        if (_calls.TryClose(outcome, isInPlace)) MustTell = isInPlace || _calls.IsFull;
    }

    /// <summary>Whether the guest, which cannot leave its stack at once, is to do so soon.</summary>
    /// <returns>True once until the observer is told.</returns>
    public bool TryAskToLeave()
    {
        if (_wasAskedToLeave || !_calls.HasMany) return false;
        _wasAskedToLeave = true;
        return true;
    }

    /// <summary>Asks the observer for an answer to the call that began last.</summary>
    /// <exception cref="InvalidOperationException">It answered what cannot be.</exception>
    public bool TryAnswer(out HostCallOutcome outcome)
    {
        outcome = default;
        if (_observer is not { } observer) return false;
        var call = _calls.At(_index, _position, _number, hasEnded: false);
        if (!Asked(observer, in call, out outcome)) return false;
        var isPossible = outcome.Kind == HostCallOutcomeKind.Exited || (outcome.IsCompleted && call.Function.ReturnsErrno && outcome.Error.IsDefined());
        return isPossible ? true : throw new InvalidOperationException($"The observer answered {call.Function} with {outcome}, which is no answer.");
    }

    /// <summary>Tells the observer what it does not know. Not to be called on a fiber.</summary>
    public void Tell()
    {
        try
        {
            TellUnguarded();
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Ends with the guest.</summary>
    public void Dispose()
    {
        _observer = null;
        Clear();
        _calls.Dispose();
    }

    // What it throws says nothing of the guest, not even if it is a cancellation.
    private bool Asked(HostCallObserver observer, in HostCall call, out HostCallOutcome outcome)
    {
        try
        {
            return observer.TryAnswer(in call, new HostCallMemory(_guest), out outcome);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"The observer failed to answer {call.Function}: {exception.Message}", exception);
        }
    }

    // Of a guest on a thread, whose observer knows all that came before.
    private void TellBegan(HostCallObserver observer)
    {
        try
        {
            var call = _calls.At(_index, _position, _number, hasEnded: false);
            observer.CallBegan(in call);
            _hasBegun = true;
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Fail(Exception exception)
    {
        _observer = null;
        Clear();
        _failed(exception);
    }

    private void TellUnguarded()
    {
        var end = _calls.Used;
        while (_position < end && _observer is { } observer)
        {
            var length = _calls.LengthAt(_position);
            if (!_hasBegun && _hearsBegins)
            {
                var begun = _calls.At(_index, _position, _number, hasEnded: false);
                observer.CallBegan(in begun);
            }

            _hasBegun = true;
            if (length == 0) return;
            var call = _calls.At(_index, _position, _number, hasEnded: true);
            observer.CallEnded(in call);
            _hasBegun = false;
            _position += length;
            _index++;
            _number++;
        }

        Clear();
    }

    private void Clear()
    {
        _calls.Clear();
        (_position, _index) = (0, 0);
        (_hasBegun, _wasAskedToLeave, MustTell) = (false, false, false);
    }
}
