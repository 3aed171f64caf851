namespace WasiCloud.Embedding.Hosting.Daemons;

/// <summary>A daemon that has a health check.</summary>
/// <param name="Name">The daemon's name.</param>
internal sealed record DaemonCheck(string Name);
