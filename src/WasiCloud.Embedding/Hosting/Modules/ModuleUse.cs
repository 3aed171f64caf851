namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>One use of a module, from its acceptance on: its code stays until this is disposed, once.</summary>
/// <param name="module">The module.</param>
internal readonly struct ModuleUse(GuestModule module) : IDisposable
{
    /// <summary>Begins one.</summary>
    /// <exception cref="ObjectDisposedException">The module is disposed.</exception>
    public static ModuleUse Begin(GuestModule module)
    {
        ObjectDisposedException.ThrowIf(!module.TryUse(), module);
        return new ModuleUse(module);
    }

    public void Dispose() => module.EndUse();
}
