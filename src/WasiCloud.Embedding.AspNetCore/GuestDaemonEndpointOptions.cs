namespace WasiCloud.Embedding.AspNetCore;

/// <summary>
/// How one endpoint gives requests to a daemon: what concerns HTTP, and nothing else, because its guest serves many requests and was started before they came.
/// What concerns the guest is in <see cref="GuestDaemonOptions"/>.
/// </summary>
public sealed class GuestDaemonEndpointOptions : GuestHttpEndpointOptions
{
    internal GuestDaemonEndpointOptions()
    {
    }
}
