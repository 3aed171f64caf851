namespace WasiCloud.Tool;

/// <summary>What <c>wasicloud run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    public required string Module { get; init; }

    public required string[] Arguments { get; init; }

    public required string? Argv0 { get; init; }

    public required HostSettings Host { get; init; }

    /// <summary>The file of the program's policy, or <see langword="null"/> for none.</summary>
    public string? Policy { get; init; }

    /// <summary>The file that is to have what is learned, or <see langword="null"/> for none.</summary>
    public string? Learn { get; init; }

    public required bool Trace { get; init; }
}
