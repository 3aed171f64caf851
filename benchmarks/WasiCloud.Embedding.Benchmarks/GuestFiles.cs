namespace WasiCloud.Embedding.Benchmarks;

/// <summary>The committed guests, next to the benchmark's assembly.</summary>
internal static class GuestFiles
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm");

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));
}
