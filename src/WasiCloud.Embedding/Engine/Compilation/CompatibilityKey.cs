using System.Runtime.InteropServices;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>Names everything but the module that compiled code depends on: code of one key can be loaded where the key is the same.</summary>
internal static class CompatibilityKey
{
    public static string Of(EngineSettings settings) => $"{NativeLibraryCheck.Version};{RuntimeInformation.RuntimeIdentifier};{settings.CacheKey}";
}
