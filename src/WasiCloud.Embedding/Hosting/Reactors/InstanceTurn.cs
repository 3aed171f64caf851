using WasiCloud.Embedding.Engine.Execution;

namespace WasiCloud.Embedding.Hosting.Reactors;

/// <summary>One call of an instance at a time: the turn that others wait for, and who must not, because the call waits for him. Thread-safe.</summary>
/// <param name="module">The module's name, for messages.</param>
#pragma warning disable CA1001 // It has no handle as long as nobody asks for one, and a late caller may still wait for his turn.
internal sealed class InstanceTurn(string module)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _callingThread;

    /// <summary>Whether somebody has it.</summary>
    public bool IsTaken => _turn.CurrentCount == 0;

    /// <summary>Takes it.</summary>
    /// <param name="store">The guest, if it lives.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">It is asked for by a function of the application that the guest is calling.</exception>
    public void Take(GuestStore? store, CancellationToken cancellationToken)
    {
        ThrowIfCalling();
        if (_turn.Wait(0, CancellationToken.None)) return;
        ThrowIfWaiting(store);
        _turn.Wait(cancellationToken);
    }

    /// <inheritdoc cref="Take"/>
    public Task TakeAsync(GuestStore? store, CancellationToken cancellationToken)
    {
        ThrowIfCalling();
        if (IsTaken) ThrowIfWaiting(store);
        return _turn.WaitAsync(cancellationToken);
    }

    /// <summary>Takes it when nobody else has it any more, whoever asks.</summary>
    public Task TakeLastAsync() => _turn.WaitAsync(CancellationToken.None);

    /// <summary>Gives it to the next.</summary>
    public void Release() => _turn.Release();

    /// <summary>This thread enters the guest.</summary>
    public void Enter() => _callingThread = Environment.CurrentManagedThreadId;

    /// <summary>The thread has left the guest.</summary>
    public void Leave() => _callingThread = 0;

    private void ThrowIfCalling()
    {
        if (_callingThread == Environment.CurrentManagedThreadId) throw Reentrant();
    }

    // Asked only where the turn is taken, since it is looked for in what flows with asynchronous work.
    private void ThrowIfWaiting(GuestStore? store)
    {
        if (store is not null && WaitingImport.IsOf(store)) throw Reentrant();
    }

    private InvalidOperationException Reentrant() => new($"'{module}' is calling this function; it cannot be called from there.");
}
