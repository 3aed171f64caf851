namespace WasiCloud.Embedding;

/// <summary>How a module is run (WASI application ABI).</summary>
public enum GuestModuleKind
{
    /// <summary>It exports <c>_start</c>: runs once per <see cref="IInvocationHost.InvokeAsync"/>.</summary>
    Command,

    /// <summary>
    /// It does not: <see cref="IInvocationHost.StartAsync"/> gives an instance whose exported functions are called, after <c>_initialize</c> if there is one.
    /// </summary>
    Reactor,
}
