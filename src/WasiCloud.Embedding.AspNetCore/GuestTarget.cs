namespace WasiCloud.Embedding.AspNetCore;

/// <summary>What answers a request.</summary>
internal abstract class GuestTarget(string name)
{
    /// <summary>Its name, for the log.</summary>
    public string Name { get; } = name;

    public abstract Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken);
}

/// <summary>A guest that runs for this request alone.</summary>
internal sealed class ModuleTarget(IInvocationHost host, GuestModule module) : GuestTarget(module.Name)
{
    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken) =>
        host.InvokeAsync(module, request, cancellationToken);
}

/// <summary>A guest that runs for many.</summary>
internal sealed class DaemonTarget(GuestDaemon daemon) : GuestTarget(daemon.Name)
{
    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken) =>
        daemon.InvokeAsync(request, cancellationToken);
}
