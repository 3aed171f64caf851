using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding.KeyValue.Files;

/// <summary>What one guest holds of values in the host's memory: in open files and in what its transactions have written. Not thread-safe.</summary>
/// <param name="limit">How much it may hold.</param>
/// <param name="tenant">What the guests of its tenant may hold together, if that is limited.</param>
internal sealed class OpenBytes(long limit, TenantAllowance? tenant = null)
{
    private long _bytes;

    /// <summary>Accounts for more, or for less if it is negative.</summary>
    /// <returns>Whether the guest may hold so much.</returns>
    public bool TryReserve(long bytes)
    {
        if (_bytes + bytes > limit) return false;
        if (tenant is not null && !tenant.TryOpen(bytes))
        {
            GuestLimitMeter.Count(GuestLimit.TenantOpenBytes);
            return false;
        }

        _bytes += bytes;
        return true;
    }

    public void Release(long bytes)
    {
        _bytes -= bytes;
        tenant?.Close(bytes);
    }
}
