using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Hosting.Invocations;
using WasiCloud.Embedding.Http.Exchange;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>One guest of a daemon, from its start to its end.</summary>
internal sealed class DaemonGuest
{
    private readonly Invocation _invocation;
    private readonly TimeProvider _timeProvider;
    private readonly long _started;

    private DaemonGuest(Invocation invocation, TimeProvider timeProvider) =>
        (_invocation, _timeProvider, _started) = (invocation, timeProvider, timeProvider.GetTimestamp());

    public TimeSpan Uptime => _timeProvider.GetElapsedTime(_started);

    public long MemoryBytes => _invocation.MemoryBytes;

    public int OpenDescriptors => _invocation.OpenDescriptors;

    /// <summary>What the guest is started with.</summary>
    public static InvocationRequest Describe(GuestDaemonOptions options) => new()
    {
        Interface = options.Interface,
        NonBlockingListener = options.NonBlockingListener,
        Arguments = options.Arguments,
        Environment = options.Environment,
        Timeout = Timeout.InfiniteTimeSpan,
        MaxCpuTime = options.MaxCpuTime,
        Observer = options.Observer,
        Features = options.Features,
        Policy = options.Policy,
        PolicyObserver = options.PolicyObserver,
        Tenant = options.Tenant,
    };

    /// <summary>Prepares a guest. There is a slot for it.</summary>
    public static DaemonGuest Create(InvocationServices services, CompiledModule module, InvocationRequest request, CancellationToken killed)
    {
        var invocation = new Invocation(services);
        invocation.Begin(module, request, CommandExecution.Instance, ExecutionLimits.Of(request, services.Options), killed);
        invocation.DiscardResponse();
        return new DaemonGuest(invocation, services.TimeProvider);
    }

    /// <summary>Hides the secrets that the guest has read in what is told of one of its requests.</summary>
    public void HideSecrets(GuestException problem) => _invocation.HideSecrets(problem);

    /// <summary>Runs the guest to its end, and gives the slot back.</summary>
    /// <returns>How it failed, or <see langword="null"/>.</returns>
    public async Task<Exception?> RunAsync(InvocationSlots slots)
    {
        try
        {
            await _invocation.RunAsync(slots).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }
}
