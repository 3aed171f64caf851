using System.Collections.ObjectModel;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.HostCalls;

namespace WasiCloud.Embedding;

/// <summary>How a daemon lives. Read when it is started.</summary>
public sealed class GuestDaemonOptions
{
    private const int DefaultMaxTenants = 1_024;

    /// <summary>How its guest gets requests: on a socket, the default, or as files below <c>/beta/http</c>. CGI programs are no daemons.</summary>
    public GuestInterface Interface { get; set; } = GuestInterface.Socket;

    /// <summary>As <see cref="InvocationRequest.NonBlockingListener"/>.</summary>
    public bool? NonBlockingListener { get; set; }

    /// <summary>The guest's arguments after its own name (<c>argv[1]</c> and on). Default none.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>Environment variables, which override those of <see cref="WasiCloudOptions.Environment"/>. Default none.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; set; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Sees every host call of each of its guests (docs/observing.md); <see langword="null"/>, the default, for nobody.</summary>
    public HostCallObserver? Observer { get; set; }

    /// <summary>Objects that mounts find with <c>InvocationContext.GetFeature</c>. Default none.</summary>
    public IReadOnlyList<object> Features { get; set; } = [];

    /// <summary>What its guest may do, as <see cref="InvocationRequest.Policy"/>. Default <see langword="null"/>.</summary>
    public GuestPolicy? Policy { get; set; }

    /// <summary>Observes what each of its guests uses, as <see cref="InvocationRequest.PolicyObserver"/>. Default <see langword="null"/>.</summary>
    public GuestPolicyObserver? PolicyObserver { get; set; }

    /// <summary>For whom its guest works, as <see cref="InvocationRequest.Tenant"/>. Default <see langword="null"/>: for nobody in particular.</summary>
    /// <exception cref="ArgumentException">It is not one line of text.</exception>
    public string? Tenant
    {
        get;
        set
        {
            TenantName.Check(value, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Gives each tenant a guest of its own, so that its policy can have lines that say <c>tenant</c>: started with the first request of the tenant, ended
    /// when it has had none for <see cref="TenantIdleTimeout"/>. At most so many live at one time; for one more, the one that has been idle for longest is
    /// ended, and if none is idle the request fails with <see cref="GuestLimit.DaemonTenants"/>. 1 to 1,000,000; default <see langword="null"/>: one guest
    /// for all requests, unless its policy has lines that say <c>tenant</c> and it has no <see cref="Tenant"/>: then 1,024.
    /// <see cref="MaxConcurrentRequests"/>, <see cref="Restart"/> and what follows it are for each guest. Not together with <see cref="Tenant"/>.
    /// </summary>
    public int? MaxTenants { get; set; }

    /// <summary>
    /// How long the guest of a tenant goes on without a request before it is asked to end, if there is one for each; up to twice as long. Default 5 minutes;
    /// more than 0 and at most 24 days.
    /// </summary>
    public TimeSpan TenantIdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long it lives, after which it is stopped. Default <see langword="null"/>: always. More than 0 and at most 24 days.</summary>
    public TimeSpan? Lifetime { get; set; }

    /// <summary>When its guest is started again after it has ended by itself. Default <see cref="GuestRestart.Always"/>.</summary>
    public GuestRestart Restart { get; set; } = GuestRestart.Always;

    /// <summary>
    /// How long it waits before its guest is started again for the first time; twice as long before each further time. Default 100 ms; 0 to 1 day.
    /// </summary>
    public TimeSpan MinRestartDelay { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest it waits. Default 30 s; <see cref="MinRestartDelay"/> to 1 day.</summary>
    public TimeSpan MaxRestartDelay { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often it may be started again within <see cref="RestartWindow"/>; one more and it has <see cref="GuestDaemonState.Failed"/>. Default 10; 0 to
    /// 1,000,000.
    /// </summary>
    public int MaxRestarts { get; set; } = 10;

    /// <summary>
    /// The time in which restarts are counted; a guest that has run as long begins anew with <see cref="MinRestartDelay"/>. Default 5 minutes; more than 0 and
    /// at most 24 days.
    /// </summary>
    public TimeSpan RestartWindow { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a guest that was asked to end may go on. Default 10 s; 0 to 1 day.</summary>
    public TimeSpan GracePeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long one request may take, from its arrival to the end of its response. Default 30 s; more than 0 and at most 24 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long its guest may compute for one request, instead of <see cref="WasiCloudOptions.MaxCpuTime"/>, which says how it is counted; a guest that
    /// computes for longer is ended, and started
    /// again as after any failure. Default <see langword="null"/>; more than 0 and at most 24 days, or <see cref="Timeout.InfiniteTimeSpan"/>.
    /// </summary>
    public TimeSpan? MaxCpuTime { get; set; }

    /// <summary>
    /// Requests that it has at one time, those included that the guest has not accepted; one more fails at once. Default 1,000; 1 to 1,000,000.
    /// </summary>
    public int MaxConcurrentRequests { get; set; } = 1_000;

    /// <summary>The same, with a guest for each tenant.</summary>
    internal GuestDaemonOptions ForTenants()
    {
        var options = (GuestDaemonOptions)MemberwiseClone();
        options.MaxTenants ??= DefaultMaxTenants;
        return options;
    }
}
