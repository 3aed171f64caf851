namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>A daemon that the application has described.</summary>
internal sealed record DaemonRegistration(
    string Name, Func<IServiceProvider, CancellationToken, ValueTask<GuestModule>> LoadAsync, GuestDaemonOptions Options);
