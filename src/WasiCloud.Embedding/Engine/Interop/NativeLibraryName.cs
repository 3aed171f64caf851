namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>The name every declaration imports from; the loader adds the platform's prefix and suffix.</summary>
internal static class NativeLibraryName
{
    internal const string Wasmtime = "wasmtime";
}
