namespace WasiCloud.Tool;

/// <summary>What <c>wasicloud run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    public required string Module { get; init; }

    public required string[] Arguments { get; init; }

    public required string? Argv0 { get; init; }

    public required HostSettings Host { get; init; }

    public required bool Trace { get; init; }
}
