using System.Collections.ObjectModel;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>What a module says of itself, for the application. Read when first asked for, because few ask. Thread-safe.</summary>
/// <param name="module">The module.</param>
internal sealed class ModuleDescription(WasmModuleHandle module)
{
    private IReadOnlyList<GuestModuleExport>? _exports;
    private IReadOnlyList<GuestModuleImport>? _imports;

    /// <summary>What it exports.</summary>
    /// <exception cref="ObjectDisposedException">The module is gone, and nobody had asked.</exception>
    public IReadOnlyList<GuestModuleExport> Exports => _exports ??= ReadExports();

    /// <summary>What it imports.</summary>
    /// <exception cref="ObjectDisposedException">The module is gone, and nobody had asked.</exception>
    public IReadOnlyList<GuestModuleImport> Imports => _imports ??= ReadImports();

    private ReadOnlyCollection<GuestModuleExport> ReadExports()
    {
        var types = new Dictionary<ExternType, GuestExternType>(ReferenceEqualityComparer.Instance);
        return Array.AsReadOnly(module.ReadExports().Select(export => new GuestModuleExport(export.Name, Convert(export.Type!, types))).ToArray());
    }

    private ReadOnlyCollection<GuestModuleImport> ReadImports()
    {
        var types = new Dictionary<ExternType, GuestExternType>(ReferenceEqualityComparer.Instance);
        return Array.AsReadOnly(
            module.ReadImports().Select(import => new GuestModuleImport(import.Module, import.Name, Convert(import.Type, types))).ToArray());
    }

    private static GuestExternType Convert(ExternType type, Dictionary<ExternType, GuestExternType> known)
    {
        if (known.TryGetValue(type, out var converted)) return converted;
        converted = type switch
        {
            FunctionType function => new GuestExternType(ValueConversion.ToSignature(function)),
            MemoryType => new GuestExternType(GuestExternKind.Memory, TextOf(type)),
            TableType => new GuestExternType(GuestExternKind.Table, TextOf(type)),
            GlobalType => new GuestExternType(GuestExternKind.Global, TextOf(type)),
            _ => new GuestExternType(GuestExternKind.Tag, TextOf(type)),
        };
        known.Add(type, converted);
        return converted;
    }

    // What the engine's own types write completes a name.
    private static string TextOf(ExternType type) => type.ToString()!.TrimStart(':', ' ');
}
