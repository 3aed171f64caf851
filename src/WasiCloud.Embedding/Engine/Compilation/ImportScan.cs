using System.Text;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Reads the imported functions of a module from its bytes, so that a module that this host cannot run is refused before it is compiled. Where it meets
/// anything but a function of plain numbers it stops: the compiler, and a look at its result, say what is wrong with the rest.
/// </summary>
internal static class ImportScan
{
    private const byte FunctionForm = 0x60;
    private const byte FirstNumber = 0x7C;
    private const byte LastNumber = 0x7F;

    // JavaScript API, "Limits", which engines apply to every module.
    private const int MaxTypes = 1_000_000;
    private const int MaxValues = 1_000;

    /// <summary>Passes every function that is imported on.</summary>
    public static void Read(ReadOnlySpan<byte> wasm, ImportInspection inspection)
    {
        var module = new BinaryCursor(wasm, BinaryHeader.Length);
        var types = new List<int>();
        while (module.TryReadSection(out var id, out var section))
        {
            if (id == SectionId.Type && !TryReadTypes(ref section, types)) return;
            if (id > SectionId.Import) return;
            if (id != SectionId.Import) continue;
            ReadImports(wasm, ref section, types, inspection);
            return;
        }
    }

    // Only where each starts: there may be a million, of a thousand values each.
    private static bool TryReadTypes(ref BinaryCursor section, List<int> types)
    {
        for (var count = section.U32(); count > 0 && !section.HasFailed; count--)
        {
            if (section.Byte() != FunctionForm || types.Count == MaxTypes) return false;
            types.Add(section.Position);
            if (!TrySkipValues(ref section) || !TrySkipValues(ref section)) return false;
        }

        return !section.HasFailed;
    }

    private static bool TrySkipValues(ref BinaryCursor section)
    {
        for (var count = section.U32(); count > 0 && !section.HasFailed; count--)
        {
            if (section.Byte() is < FirstNumber or > LastNumber) return false;
        }

        return !section.HasFailed;
    }

    private static void ReadImports(ReadOnlySpan<byte> wasm, ref BinaryCursor section, List<int> types, ImportInspection inspection)
    {
        for (var count = section.U32(); count > 0; count--)
        {
            var name = section.Text();
            var field = section.Text();
            if (section.Byte() != 0) return;
            var index = section.U32();
            if (section.HasFailed || index >= (uint)types.Count || ReadType(wasm, types[(int)index]) is not { } type) return;
            inspection.Add(new ModuleImport(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(field), type));
        }
    }

    private static FunctionType? ReadType(ReadOnlySpan<byte> wasm, int offset)
    {
        var type = new BinaryCursor(wasm, offset);
        return ReadValues(ref type) is { } parameters && ReadValues(ref type) is { } results ? new FunctionType(parameters, results) : null;
    }

    private static WasmValueType[]? ReadValues(ref BinaryCursor type)
    {
        var count = type.U32();
        if (count > MaxValues) return null;
        var values = new WasmValueType[count];
        for (var index = 0; index < values.Length; index++) values[index] = new WasmValueType((WasmValueKind)(LastNumber - type.Byte()));
        return type.HasFailed ? null : values;
    }
}
