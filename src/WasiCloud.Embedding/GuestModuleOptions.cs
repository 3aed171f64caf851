using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding;

/// <summary>How a module is loaded.</summary>
public sealed class GuestModuleOptions
{
    /// <summary>
    /// Lets a module import functions that this host does not offer; calling one is a trap that names it. For interpreters built for a browser, whose
    /// imports from JavaScript a script need not use. By default such a module is refused. Memories, tables and globals cannot be left out.
    /// </summary>
    public bool TrapUnknownImports { get; init; }

    /// <summary>
    /// What the module's guests may do at most, as far as the host's policy (<see cref="WasiCloudOptions.Policy"/>) lets them. A module that imports functions
    /// of the application that it has no <c>import</c> line for is refused. Default <see langword="null"/>: what the host's policy says, if it has one.
    /// </summary>
    public GuestPolicy? Policy { get; init; }

    /// <summary>
    /// WebAssembly call stack of each of the module's guests, in bytes, for one that recurses deeply: 64 KiB to 64 MiB, rounded up to a power of two. Default
    /// <see langword="null"/>: <see cref="WasiCloudOptions.MaxStackBytes"/>. The first module of each size lets the host make another engine, which stays as
    /// long as the host.
    /// </summary>
    public int? MaxStackBytes { get; init; }

    /// <summary>
    /// Guests of the module that run at one time, instead of <see cref="WasiCloudOptions.MaxConcurrentInvocationsPerModule"/>: 1 to 10,000. As many as
    /// <see cref="WasiCloudOptions.MaxConcurrentInvocations"/> lets it take the last places of others. The same bytes that are loaded twice are two modules.
    /// </summary>
    public int? MaxConcurrentInvocations { get; init; }

    /// <summary>
    /// The only module that is loaded: the SHA-256 of its bytes, 64 hexadecimal digits in either case. Another one is refused, with both checksums named,
    /// before it is looked into, compiled or taken from the cache of compiled modules; one that is to replace it too, and the old one serves on. Default
    /// <see langword="null"/>: any. <c>wasicloud inspect</c> prints it.
    /// </summary>
    public string? Sha256 { get; init; }
}
