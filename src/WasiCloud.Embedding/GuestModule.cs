using WasiCloud.Embedding.Authority;

namespace WasiCloud.Embedding;

/// <summary>
/// A compiled module. Thread-safe. Disposing it refuses what comes later, and lets everything that was accepted go on to its end, whether it runs or still
/// waits: invocations, instances, connections, daemons with their restarts. Its code is freed after the last.
/// </summary>
public abstract class GuestModule : IDisposable
{
    private UseCount _uses;

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

    /// <summary>
    /// Memory that its compiled code takes as long as it is loaded or used, in bytes: code, tables for unwinding and traps, and initial data. Modules of the
    /// same bytes may share it. What is loaded from the cache of compiled modules is mapped, so that the system may drop and read it again.
    /// </summary>
    public virtual long CodeBytes => 0;

    /// <summary>What it exports, in the order of the module. Read when first asked for, without running anything.</summary>
    /// <exception cref="ObjectDisposedException">The module was disposed.</exception>
    public virtual IReadOnlyList<GuestModuleExport> Exports => [];

    /// <summary>What it imports, in the order of the module. Read when first asked for, without running anything.</summary>
    /// <exception cref="ObjectDisposedException">The module was disposed.</exception>
    public virtual IReadOnlyList<GuestModuleImport> Imports => [];

    /// <summary>How many of its guests may run at one time; <see langword="null"/> for what the host says.</summary>
    internal int? MaxConcurrentInvocations { get; init; }

    /// <summary>What its guests may do at most; <see langword="null"/> if neither the host nor the module has a policy.</summary>
    internal GuestPolicy? Policy { get; init; }

    /// <summary>How large the memory of a guest is when it starts, in bytes.</summary>
    internal long MinMemoryBytes { get; init; }

    /// <summary>The functions of the application that it imports.</summary>
    internal IReadOnlyCollection<(string Module, string Name)> ApplicationImports { get; init; } = [];

    /// <summary>Whether it says that Go made it, whose programs use a listener as they find it.</summary>
    internal virtual bool IsGo => false;

    /// <summary>Whether it refuses what comes.</summary>
    internal bool IsDisposed => _uses.IsClosed;

    /// <summary>Whether something that was accepted goes on.</summary>
    internal bool IsUsed => _uses.IsUsed;

    /// <summary>Told when its code was freed.</summary>
    internal Action? Freed { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_uses.Close()) Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Begins a use, which <see cref="EndUse"/> ends: its code stays until then.</summary>
    /// <returns><see langword="false"/> if it is disposed.</returns>
    internal bool TryUse() => _uses.TryBegin();

    /// <summary>Begins another use, on behalf of somebody who has one.</summary>
    internal void Use() => _uses.Begin();

    /// <summary>Ends a use.</summary>
    internal void EndUse()
    {
        // Whoever is last may hold a lock, and unmapping the code of a large module takes milliseconds.
        if (_uses.End()) ThreadPool.UnsafeQueueUserWorkItem(static module => module.Free(), this, preferLocal: false);
    }

    /// <summary>Releases the compiled code.</summary>
    /// <param name="disposing">Whether called from <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);

    private void Free()
    {
        Dispose(disposing: true);
        Freed?.Invoke();
    }
}
