namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>The last line of defence: the contract promises single components, and this mount does not rely on it.</summary>
internal static class HostName
{
    /// <summary>Whether the kernel will take the name for one component of the directory that it is given with.</summary>
    public static bool IsComponent(string name) => name is not ("" or "." or "..") && name.AsSpan().IndexOfAny('/', '\0') < 0;
}
