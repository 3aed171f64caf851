namespace WasiCloud.Embedding.Hosting.Invocations;

/// <summary>
/// One that waits for the slots of its guest. Why it waits no more is told, not thrown: most who wait under overload give up, and a throw costs as much as a
/// small guest.
/// </summary>
/// <param name="cancellationToken">Ends the waiting.</param>
internal abstract class SlotTurn(CancellationToken cancellationToken)
{
    private LinkedListNode<SlotTurn>? _node;
    private CancellationTokenRegistration _registration;
    private InvocationSlots _owner = null!;

    /// <summary>Ends the waiting.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The slots of those that it waits with.</summary>
    public SlotGroup Slots { get; private set; } = null!;

    /// <summary>For which guest.</summary>
    public SlotClaim Claim { get; private set; }

    /// <summary>When it came, by the host's clock.</summary>
    public long Arrived { get; private set; }

    /// <summary>Its place in the queue.</summary>
    public LinkedListNode<SlotTurn> Node => _node ??= new LinkedListNode<SlotTurn>(this);

    /// <summary>It begins to wait. Called within the lock of the slots.</summary>
    public void Begin(SlotGroup slots, in SlotClaim claim, long arrived) => (Slots, Claim, Arrived) = (slots, claim, arrived);

    /// <summary>From now on its token ends the waiting. Not to be called in the lock of the slots: the token may be cancelled already.</summary>
    public void Follow(InvocationSlots owner)
    {
        _owner = owner;
        _registration = cancellationToken.UnsafeRegister(static self => ((SlotTurn)self!).Cancel(), this);

        // The turn may have come before there was something to forget. Within the lock: whoever removes it from the queue forgets what is there by then.
        if (!owner.IsWaiting(this)) Unfollow();
    }

    /// <summary>Forgets the token.</summary>
    public void Unfollow() => _registration.Unregister();

    /// <summary>It has its slots. Called within their lock: what follows must go on elsewhere.</summary>
    public abstract void LetIn();

    /// <summary>It does not get them. May be called within their lock.</summary>
    public abstract void Refuse(Exception exception);

    private void Cancel()
    {
        if (_owner.TryRemove(this)) Refuse(InvocationFailure.Canceled(cancellationToken));
    }
}
