namespace WasiCloud.Embedding;

/// <summary>A compiled module. Thread-safe. Disposing it lets running invocations finish and refuses new ones.</summary>
public abstract class GuestModule : IDisposable
{
    private protected GuestModule(string name, GuestModuleKind kind) => (Name, Kind) = (name, kind);

    /// <summary>The name given when it was loaded.</summary>
    public string Name { get; }

    /// <summary>How it is run.</summary>
    public GuestModuleKind Kind { get; }

    /// <summary>
    /// How many of the host's slots (<see cref="WasiCloudOptions.MaxConcurrentInvocations"/>) one guest of it takes while it lives: 1, or 2 if the module has
    /// tables, globals or element segments of <c>externref</c>, for which the engine makes a heap beside the memory.
    /// </summary>
    public virtual int SlotsPerGuest => 1;

    /// <summary>What it exports, in the order of the module. Read when first asked for, without running anything.</summary>
    /// <exception cref="ObjectDisposedException">The module was disposed.</exception>
    public virtual IReadOnlyList<GuestModuleExport> Exports => [];

    /// <summary>What it imports, in the order of the module. Read when first asked for, without running anything.</summary>
    /// <exception cref="ObjectDisposedException">The module was disposed.</exception>
    public virtual IReadOnlyList<GuestModuleImport> Imports => [];

    /// <summary>How many of its guests may run at one time; <see langword="null"/> for what the host says.</summary>
    internal int? MaxConcurrentInvocations { get; init; }

    /// <summary>Whether it says that Go made it, whose programs use a listener as they find it.</summary>
    internal virtual bool IsGo => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the compiled code.</summary>
    /// <param name="disposing">Whether called from <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
