namespace WasiCloud.Embedding;

/// <summary>
/// The module that a <see cref="GuestModuleSource"/> had when it was asked, which it does not dispose before this is: also one that has been replaced since can
/// be invoked. Thread-safe.
/// </summary>
/// <remarks>
/// Needed from the choice to the acceptance: when <see cref="IInvocationHost.InvokeAsync(GuestModule, InvocationRequest, CancellationToken)"/> has returned its
/// task, the invocation counts on its own, and the lease may be disposed.
/// </remarks>
public sealed class GuestModuleLease : IDisposable
{
    private Action? _end;

    internal GuestModuleLease(GuestModule module, Action end) => (Module, _end) = (module, end);

    /// <summary>The module. Not to be disposed: it is the source's.</summary>
    public GuestModule Module { get; }

    /// <summary>Ends it. May be called again.</summary>
    public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
}
