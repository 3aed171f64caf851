using System.Diagnostics;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.HostCalls;

/// <summary>
/// What the engine and every function know of one guest, whatever its ABI, and after <see cref="Reset"/> of the next. Each ABI has one of its own. Used by one
/// thread at a time.
/// </summary>
/// <param name="diagnostics">Hears of failures.</param>
internal abstract class HostCallContext(IGuestDiagnostics diagnostics) : IPieceMeter
{
    // A field, because it is refreshed before every host call and read by all of them.
    public GuestMemory Memory;

    private long _uncounted;
    private bool _hasComputedEnough;

    /// <summary>How large the memory was at the last host call, in bytes; 0 before the first. May be read from any thread.</summary>
    public long MemoryBytes { get; private set; }

    public IGuestDiagnostics Diagnostics => diagnostics;

    /// <summary>Writes down the guest's calls, if somebody observes it.</summary>
    public HostCallRecorder? Recorder { get; private set; }

    /// <summary>Says whether the guest is to end; <see langword="null"/> if only the token of a call does.</summary>
    public IGuestInterruption? Interruption { get; set; }

    /// <summary>Whether the guest is to end.</summary>
    public bool MustStop => _hasComputedEnough || Interruption is { MustStop: true };

    /// <summary>The path that the call in progress is about, for messages.</summary>
    public abstract string CurrentPath { get; }

    /// <summary>Notes where the memory is and how large.</summary>
    public unsafe void RefreshMemory(byte* start, ulong length)
    {
        Memory.Refresh(start, length);
        MemoryBytes = (long)length;
    }

    /// <summary>The guest, which has not begun, is observed until <see cref="Reset"/>.</summary>
    public void Observe(HostCallRecorder recorder)
    {
        Recorder = recorder;
        Memory = new GuestMemory(recorder.Writes);
    }

    /// <inheritdoc/>
    public void Count(long ticks) => Interlocked.Add(ref _uncounted, ticks);

    /// <inheritdoc/>
    public bool LookWhetherToStop()
    {
        _hasComputedEnough = Interruption is { } interruption && interruption.HasComputedEnough(Volatile.Read(ref _uncounted));
        return MustStop;
    }

    /// <summary>What the call that has ended computed since it first gave its thread to others, which nothing has counted.</summary>
    /// <returns>Ticks of <see cref="Stopwatch"/>.</returns>
    public long TakeUncounted() => Volatile.Read(ref _uncounted) == 0 ? 0 : Interlocked.Exchange(ref _uncounted, 0);

    /// <summary>Gives back what a call held that did not come to its end.</summary>
    public virtual void Abandon() => _hasComputedEnough = false;

    /// <summary>Takes back what a call lent, if it lent anything.</summary>
    public abstract void RevokeBuffers();

    /// <summary>Ends with a guest.</summary>
    public virtual void Reset()
    {
        Abandon();
        Recorder?.Dispose();
        (Memory, Recorder, MemoryBytes) = (default, null, 0);
        (_uncounted, _hasComputedEnough) = (0, false);
    }
}
