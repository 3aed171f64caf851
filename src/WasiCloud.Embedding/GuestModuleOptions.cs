namespace WasiCloud.Embedding;

/// <summary>How a module is loaded.</summary>
public sealed class GuestModuleOptions
{
    /// <summary>
    /// Lets a module import functions that this host does not offer; calling one is a trap that names it. For interpreters built for a browser, whose
    /// imports from JavaScript a script need not use. By default such a module is refused. Memories, tables and globals cannot be left out.
    /// </summary>
    public bool TrapUnknownImports { get; init; }
}
