using WasiCloud.Embedding;

namespace WasiCloud.Tool;

/// <summary>What every command that runs guests was asked to give them.</summary>
internal sealed record HostSettings
{
    public required MountSpecification[] Mounts { get; init; }

    public required Dictionary<string, string> Environment { get; init; }

    /// <summary>The WebAssembly stack, in bytes, or <see langword="null"/> for the library's default.</summary>
    public required int? StackBytes { get; init; }

    public required long MemoryBytes { get; init; }

    public required TimeSpan Timeout { get; init; }

    /// <summary>What a guest may burn, or <see langword="null"/> not to count it.</summary>
    public required long? Fuel { get; init; }

    /// <summary>What guests run on, or <see langword="null"/> for the library's default.</summary>
    public required GuestExecution? Execution { get; init; }

    /// <summary>What each directory in memory may hold, in bytes.</summary>
    public required long MemoryFileBytes { get; init; }

    /// <summary>What each writable folder of the host may hold, in bytes, or <see langword="null"/> for no limit.</summary>
    public long? FolderBytes { get; init; }

    /// <summary>How many names there may be below each writable folder of the host, or <see langword="null"/> for no limit.</summary>
    public long? FolderNodes { get; init; }

    /// <summary>The SHA-256 of the one module that may run, or <see langword="null"/> for any.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The folder of compiled modules, or <see langword="null"/> for the library's default.</summary>
    public required string? CacheFolder { get; init; }

    public required bool UseCache { get; init; }

    /// <summary>Where modules are compiled.</summary>
    public required ModuleCompilation Compilation { get; init; }
}
