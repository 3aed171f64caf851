using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;

namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>Starts the application's daemons with it, and stops them with it.</summary>
internal sealed class DaemonService(IServiceProvider provider, IInvocationHost host, IEnumerable<DaemonRegistration> registrations) : IHostedService
{
    private readonly ConcurrentDictionary<string, GuestDaemon> _daemons = new(StringComparer.Ordinal);

    /// <summary>Finds a daemon.</summary>
    /// <exception cref="InvalidOperationException">It has not been started yet.</exception>
    public GuestDaemon Get(string name) =>
        _daemons.TryGetValue(name, out var daemon)
            ? daemon
            : throw new InvalidOperationException($"The daemon '{name}' is started with the application, which has not started yet.");

    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(registrations.Select(registration => StartAsync(registration, cancellationToken)));

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_daemons.Values.Select(daemon => daemon.StopAsync(cancellationToken)));

    private async Task StartAsync(DaemonRegistration registration, CancellationToken cancellationToken)
    {
        var module = await registration.LoadAsync(provider, cancellationToken).ConfigureAwait(false);
        if (!_daemons.TryAdd(registration.Name, host.StartDaemon(module, registration.Name, registration.Options)))
            throw new InvalidOperationException($"Two daemons are named '{registration.Name}'.");
    }
}
