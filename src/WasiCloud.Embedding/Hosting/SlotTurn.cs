namespace WasiCloud.Embedding.Hosting;

/// <summary>
/// One that waits for the slots of its guest: completed when it has them, or with the reason for which it waits no more. The reason is not thrown here: most who
/// wait under overload give up, and a throw costs as much as a small guest.
/// </summary>
/// <param name="owner">Whom it waits for.</param>
/// <param name="slots">Those of its module.</param>
/// <param name="arrived">When it came, by the host's clock.</param>
/// <param name="cancellationToken">Ends the waiting.</param>
internal sealed class SlotTurn(InvocationSlots owner, ModuleSlots slots, long arrived, CancellationToken cancellationToken)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _registration;
    private LinkedListNode<SlotTurn>? _node;

    /// <summary>The slots of its module.</summary>
    public ModuleSlots Slots => slots;

    /// <summary>When it came, by the host's clock.</summary>
    public long Arrived => arrived;

    /// <summary>Its place in the queue.</summary>
    public LinkedListNode<SlotTurn> Node => _node ??= new LinkedListNode<SlotTurn>(this);

    /// <summary>From now on its token ends the waiting. Not to be called in the lock of the slots: the token may be cancelled already.</summary>
    public void Follow()
    {
        _registration = cancellationToken.UnsafeRegister(static self => ((SlotTurn)self!).Cancel(), this);

        // The turn may have come before there was something to forget.
        if (Task.IsCompleted) Unfollow();
    }

    /// <summary>Forgets the token.</summary>
    public void Unfollow() => _registration.Unregister();

    private void Cancel()
    {
        if (owner.TryRemove(this)) SetCanceled(cancellationToken);
    }
}
