using System.Threading.Tasks.Sources;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>
/// One call of the kernel that may take long, and what waits for it. Serves call after call, unless it was given up while the kernel was at it.
/// </summary>
/// <param name="owner">Whose threads carry it out.</param>
internal sealed class SlowCall(SlowCalls owner) : IValueTaskSource<Errno>
{
    private ManualResetValueTaskSourceCore<Errno> _source;
    private CancellationTokenRegistration _registration;
    private HostDescriptor? _descriptor;
    private HostDescriptor? _other;
    private Func<HostDescriptor, Errno>? _work;

    /// <summary>Where it stands. Changed by <see cref="SlowCalls"/> alone, under its lock.</summary>
    public SlowCallState State { get; set; }

    /// <summary>Its place in the queue.</summary>
    public LinkedListNode<SlowCall>? Node { get; private set; }

    public ValueTask<Errno> Task => new(this, _source.Version);

    /// <summary>Prepares a call. The descriptors stay open until it is over.</summary>
    public void Prepare(HostDescriptor descriptor, HostDescriptor? other, Func<HostDescriptor, Errno> work)
    {
        Node ??= new LinkedListNode<SlowCall>(this);
        (_descriptor, _other, _work, State) = (descriptor, other, work, SlowCallState.New);
        descriptor.Hold();
        other?.Hold();

        // A guest's own thread is only woken; what went on instead of a thread of the pool would be the guest itself, or the application.
        _source.RunContinuationsAsynchronously = !Pieces.IsOnGuestThread;
    }

    /// <summary>Gives up when a token is cancelled.</summary>
    public void Follow(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(static (self, token) => ((SlowCall)self!).GiveUp(token), this);

    /// <summary>Carries it out, and lets go of the descriptors.</summary>
    public Errno Execute()
    {
        try
        {
            return _work!(_descriptor!);
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>Lets go of the descriptors.</summary>
    public void LetGo()
    {
        _descriptor!.LetGo();
        _other?.LetGo();
        (_descriptor, _other, _work) = (null, null, null);
    }

    /// <summary>Tells whoever waits.</summary>
    public void Complete(Errno error, Exception? failure)
    {
        // Waits for a cancellation that is under way: it must not reach the next call.
        _registration.Dispose();
        if (failure is null) _source.SetResult(error);
        else _source.SetException(failure);
    }

    public Errno GetResult(short token)
    {
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            if (State == SlowCallState.Done)
            {
                (_registration, State) = (default, SlowCallState.New);
                _source.Reset();
                owner.Return(this);
            }
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void GiveUp(CancellationToken cancellationToken)
    {
        if (!owner.TryGiveUp(this)) return;

        // Whoever cancels does not go on with the guest's work.
        _source.RunContinuationsAsynchronously = true;
        _source.SetException(new OperationCanceledException(cancellationToken));
    }
}

/// <summary>Where a <see cref="SlowCall"/> stands.</summary>
internal enum SlowCallState
{
    /// <summary>Not in the queue yet.</summary>
    New,

    /// <summary>In the queue.</summary>
    Waiting,

    /// <summary>In the kernel.</summary>
    Running,

    /// <summary>Nobody waits for it any more.</summary>
    GivenUp,

    /// <summary>Over.</summary>
    Done,
}
