namespace WasiCloud.Tool;

/// <summary>What <c>wasicloud run</c> was asked to do.</summary>
internal sealed record RunSettings
{
    public required string Module { get; init; }

    public required string[] Arguments { get; init; }

    public required string? Argv0 { get; init; }

    public required MountSpecification[] Mounts { get; init; }

    public required Dictionary<string, string> Environment { get; init; }

    public required int? StackBytes { get; init; }

    public required long MemoryBytes { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required string? CacheFolder { get; init; }

    public required bool UseCache { get; init; }

    public required bool Trace { get; init; }
}
