using WasiCloud.Embedding;

namespace WasiCloud.Tool.Serving;

/// <summary>A module that is released when it has been replaced and the last request that uses it is over. Thread-safe.</summary>
internal sealed class ServedModule(GuestModule module)
{
    // The route's own use is the first.
    private int _uses = 1;

    public GuestModule Module => module;

    /// <summary>Begins a use, which <see cref="Release"/> ends.</summary>
    /// <returns><see langword="false"/> if it has been released.</returns>
    public bool TryAcquire()
    {
        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses) return true;
            uses = seen;
        }

        return false;
    }

    /// <summary>Ends a use.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) == 0) module.Dispose();
    }
}
