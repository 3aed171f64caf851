using System.Runtime.InteropServices;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>
/// Refuses any native library but those of the release series whose headers these declarations follow: another one would corrupt memory. Within a series the
/// C API keeps its layouts, so that a patched library works; that each function is there and each structure is as declared is checked all the same
/// (<see cref="LayoutProbe"/>). Runs once per process; most of its time is that of the JIT for methods that the first invocation needs anyway.
/// </summary>
internal static class NativeLibraryCheck
{
    internal const string ExpectedSeries = "50.0";

    // More patches than any series has had.
    private const int MaxPatches = 100;

    private static readonly Lazy<string> Passed = new(() => Verify(ExpectedSeries));

    /// <summary>The exact version of the library that is loaded, a part of the compiled-module cache's key.</summary>
    internal static string Version => Passed.Value;

    /// <summary>Throws <see cref="InvalidOperationException"/> if the native library cannot be used.</summary>
    internal static void EnsureCompatible() => _ = Passed.Value;

    internal static string Verify(string expectedSeries)
    {
        if (!NativeLibrary.TryLoad(NativeLibraryName.Wasmtime, typeof(NativeLibraryCheck).Assembly, searchPath: null, out var library))
            throw Incompatible(expectedSeries, "it cannot be loaded");
        if (FindVersion(library, expectedSeries) is not { } version)
            throw Incompatible(expectedSeries, "the one that was loaded has a different version");
        Check(expectedSeries, version, name => NativeLibrary.TryGetExport(library, name, out _), LayoutProbe.FindBroken);
        return version;
    }

    /// <summary>Checks what the declarations rely on.</summary>
    /// <param name="expectedSeries">Said in the exception.</param>
    /// <param name="version">As well.</param>
    /// <param name="hasExport">Whether the library exports a name.</param>
    /// <param name="findBrokenLayout">Says which fact about structures does not hold, if one does not. Not called before all exports are there.</param>
    /// <exception cref="InvalidOperationException">Something is not so; it says what.</exception>
    internal static void Check(string expectedSeries, string version, Func<string, bool> hasExport, Func<string?> findBrokenLayout)
    {
        if (NativeLibraryExports.All.FirstOrDefault(name => !hasExport(name)) is { } missing)
            throw Incompatible(expectedSeries, $"{version} has no function '{missing}'");
        if (findBrokenLayout() is { } broken) throw Incompatible(expectedSeries, $"in {version} it is not so that {broken}");
    }

    private static string? FindVersion(nint library, string series)
    {
        for (var patch = 0; patch < MaxPatches; patch++)
        {
            var version = FormattableString.Invariant($"{series}.{patch}");
            if (NativeLibrary.TryGetExport(library, VersionedSymbol(version), out _)) return version;
        }

        return null;
    }

    // The C API has no version function and a serialized module names the major version only, but the builds for all
    // platforms export the debugger's helpers with the full version in their names (versioned_stringify_ident in crates/cranelift).
    private static string VersionedSymbol(string version) => "resolve_vmctx_memory_ptr_" + version.Replace('.', '_');

    private static InvalidOperationException Incompatible(string expectedSeries, string reason) => new(
        $"WasiCloud.Embedding needs the native library libwasmtime {expectedSeries}.x, as in the NuGet package Wasmtime {expectedSeries}.x, but {reason}.");
}
