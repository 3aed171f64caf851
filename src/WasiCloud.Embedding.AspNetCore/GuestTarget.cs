using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>What answers a request.</summary>
internal abstract class GuestTarget(string name) : IDisposable
{
    /// <summary>Its name, for the log.</summary>
    public string Name { get; } = name;

    public abstract Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken);

    /// <summary>Called when the request is over: most have nothing of their own.</summary>
    public virtual void Dispose()
    {
    }
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

/// <summary>A guest that runs for this request alone, of a module that was chosen for it.</summary>
internal sealed class ChosenTarget(IInvocationHost host, ChosenModule<HttpContext> chosen) : GuestTarget(chosen.Name)
{
    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken) =>
        chosen.RunAsync(module => host.InvokeAsync(module, request, cancellationToken));
}

/// <summary>A guest that runs for this request alone, of the module that a source has when it begins.</summary>
internal sealed class SourceTarget(IInvocationHost host, GuestModuleSource source) : GuestTarget(source.Name)
{
    public override async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        Task<InvocationResponse> response;
        using (var lease = await source.AcquireAsync(cancellationToken).ConfigureAwait(false))
            response = host.InvokeAsync(lease.Module, request, cancellationToken);
        return await response.ConfigureAwait(false);
    }
}

/// <summary>A guest that runs for this request alone, of a module of a tenant, whose request it is then.</summary>
internal sealed class StoredTarget(IInvocationHost host, GuestModuleLease lease, string tenant) : GuestTarget(lease.Module.Name)
{
    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken) =>
        host.InvokeAsync(lease.Module, request.Tenant is null ? request with { Tenant = tenant } : request, cancellationToken);

    public override void Dispose()
    {
        lease.Dispose();
        base.Dispose();
    }
}

/// <summary>A module that there is, and that cannot be had. The store has logged why.</summary>
internal sealed class UnavailableTarget(string name, Exception failure) : GuestTarget(name)
{
    public override Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken) =>
        Task.FromException<InvocationResponse>(failure);
}
