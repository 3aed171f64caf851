using Microsoft.AspNetCore.Http;

namespace WasiCloud.Embedding.AspNetCore;

/// <summary>Chooses the modules of requests from a store.</summary>
/// <param name="host">Runs them.</param>
/// <param name="store">Has them.</param>
/// <param name="select">Whose module, and which.</param>
internal sealed class StoreSelector(IInvocationHost host, GuestModuleStore store, Func<HttpContext, (string? Tenant, string? Module)> select)
{
    /// <summary>Chooses one.</summary>
    /// <returns><see langword="null"/> if there is no such module.</returns>
    public async ValueTask<GuestTarget?> ChooseAsync(HttpContext context)
    {
        if (select(context) is not ({ } tenant, { } module)) return null;
        try
        {
            var lease = await store.TryAcquireAsync(tenant, module, context.RequestAborted).ConfigureAwait(false);
            return lease is null ? null : new StoredTarget(host, lease, tenant);
        }
        catch (InvalidGuestModuleException exception)
        {
            return new UnavailableTarget(module, exception);
        }
        catch (IOException exception)
        {
            return new UnavailableTarget(module, new RepositoryException(exception));
        }
    }
}
