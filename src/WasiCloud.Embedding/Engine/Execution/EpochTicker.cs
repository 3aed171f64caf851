using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Execution;

/// <summary>Raises the engine's epoch while guests run, so that each is interrupted every few milliseconds to see whether it must end.</summary>
/// <remarks>A thread of its own, not a timer: a pool that is short of threads must not keep a guest running for ever.</remarks>
internal sealed class EpochTicker : IDisposable
{
    /// <summary>How late a running guest may notice that it is to end.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly EngineHandle _engine;
    private readonly ComputeGate? _gate;
    private readonly ManualResetEventSlim _guestsRun = new();
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;
    private int _running;

    /// <summary>Makes the thread.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="gate">Whose places are to be taken back from guests that do not use them.</param>
    public EpochTicker(EngineHandle engine, ComputeGate? gate = null)
    {
        (_engine, _gate) = (engine, gate);
        _thread = new Thread(Run) { IsBackground = true, Name = "WasiCloud epoch" };
        _thread.UnsafeStart();
    }

    /// <summary>A guest starts.</summary>
    public void Enter()
    {
        if (Interlocked.Increment(ref _running) == 1) _guestsRun.Set();
    }

    /// <summary>A guest has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _running);

    public void Dispose()
    {
        // As a guest that never leaves: the thread looks for guests after each reset of the event, so it cannot miss this and sleep on.
        _stop.Set();
        Enter();
        _thread.Join();
        _stop.Dispose();
        _guestsRun.Dispose();
    }

    private void Run()
    {
        while (!_stop.WaitOne(Interval))
        {
            if (Volatile.Read(ref _running) == 0)
            {
                _guestsRun.Reset();

                // A guest may have entered between the look and the reset.
                if (Volatile.Read(ref _running) == 0) _guestsRun.Wait();
            }

            EngineApi.IncrementEpoch(_engine);
            _gate?.TakeBackOverdue();
        }
    }
}
