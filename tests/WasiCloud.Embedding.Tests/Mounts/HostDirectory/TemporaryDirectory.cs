namespace WasiCloud.Embedding.Tests.Mounts.HostDirectory;

/// <summary>A directory of the test's own, deleted afterwards.</summary>
/// <param name="parent">Where it is.</param>
public sealed class TemporaryDirectory(string? parent = null) : IDisposable
{
    public string Path { get; } = parent is null
        ? Directory.CreateTempSubdirectory("wasicloud-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, "wasicloud-" + Guid.NewGuid().ToString("N"))).FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
