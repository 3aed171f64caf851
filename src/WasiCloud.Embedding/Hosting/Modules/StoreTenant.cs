namespace WasiCloud.Embedding.Hosting.Modules;

/// <summary>What is loaded of a tenant, or of all. Used within the store's lock.</summary>
/// <param name="maxModules">How many there may be.</param>
/// <param name="maxCodeBytes">What their code may take, in bytes.</param>
internal sealed class StoreTenant(int maxModules, long maxCodeBytes)
{
    public int Modules { get; private set; }

    public long CodeBytes { get; private set; }

    public bool IsOver => Modules > maxModules || CodeBytes > maxCodeBytes;

    public void Add(long codeBytes) => (Modules, CodeBytes) = (Modules + 1, CodeBytes + codeBytes);

    public void Remove(long codeBytes) => (Modules, CodeBytes) = (Modules - 1, CodeBytes - codeBytes);
}
