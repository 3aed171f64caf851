namespace WasiCloud.Embedding;

/// <summary>What a <see cref="GuestModuleStore"/> keeps loaded, and when it looks for changes.</summary>
public sealed class GuestModuleStoreOptions
{
    /// <summary>Memory for the code of all loaded modules, in bytes (<see cref="GuestModule.CodeBytes"/>): 1 or more. Default 512 MiB.</summary>
    public long MaxCodeBytes { get; set; } = 512L << 20;

    /// <summary>Loaded modules: 1 to 1,000,000. Default 1,000.</summary>
    public int MaxModules { get; set; } = 1_000;

    /// <summary>
    /// Memory for the code of one tenant's modules, in bytes: 1 or more. A tenant that is above it loses its own least recently used. Default
    /// <see langword="null"/>: as much as all, so that one tenant may drive out all others.
    /// </summary>
    public long? MaxCodeBytesPerTenant { get; set; }

    /// <summary>Loaded modules of one tenant, likewise: 1 to 1,000,000. Default <see langword="null"/>: as many as all.</summary>
    public int? MaxModulesPerTenant { get; set; }

    /// <summary>
    /// A module that nobody used for so long is unloaded: more than 0 and at most 24 days, or <see cref="Timeout.InfiniteTimeSpan"/>, the default, for as long
    /// as there is room.
    /// </summary>
    public TimeSpan IdleTimeout { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>
    /// So long after a look the repository is asked again when a module is asked for, beside the request, which gets the module that is there: more than 0 and
    /// at most 24 days, or infinite, for <see cref="GuestModuleStore.Invalidate"/> alone. Default 5 s.
    /// </summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a module that could not be loaded is not tried again, 0 to 24 days: who asks meanwhile is told the same. Default 5 s.
    /// </summary>
    public TimeSpan FailureRetention { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long opening, reading and loading one module may take, with the wait for a turn to be compiled: more than 0 and at most 24 days, or infinite.
    /// Default 2 minutes.
    /// </summary>
    public TimeSpan LoadTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>What the modules have to be: another kind cannot be loaded. Default <see cref="GuestModuleKind.Command"/>.</summary>
    public GuestModuleKind Kind { get; set; } = GuestModuleKind.Command;

    /// <summary>How each module is loaded. Default with nothing of its own.</summary>
    public GuestModuleOptions ModuleOptions { get; set; } = new();
}
