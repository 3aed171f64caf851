namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>A module that serves until another takes its place, and is disposed when nobody who was given it has yet to begin. Thread-safe.</summary>
internal sealed class ModuleVersion
{
    private readonly bool _isOwned;
    private readonly Action _release;
    private UseCount _uses;

    /// <summary>Nobody uses it yet.</summary>
    /// <param name="module">The module.</param>
    /// <param name="isOwned">Whether to dispose it.</param>
    public ModuleVersion(GuestModule module, bool isOwned) => (Module, _isOwned, _release) = (module, isOwned, Release);

    public GuestModule Module { get; }

    /// <summary>Whether somebody has it who has yet to begin, or has begun and not ended.</summary>
    public bool IsUsed => _uses.IsUsed || Module.IsUsed;

    /// <summary>Gives it to somebody.</summary>
    /// <returns><see langword="null"/> if it serves no more.</returns>
    public GuestModuleLease? TryAcquire() => _uses.TryBegin() ? new GuestModuleLease(Module, _release) : null;

    /// <summary>It serves no more.</summary>
    public void Close()
    {
        if (_uses.Close()) Free();
    }

    private void Release()
    {
        if (_uses.End()) Free();
    }

    private void Free()
    {
        if (_isOwned) Module.Dispose();
    }
}
