using System.Runtime.InteropServices;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Embedding.Engine.Compilation;

/// <summary>
/// Estimates, before it is compiled, how much memory the compiler takes for a module: for the functions that it works on at one time, and for what it keeps of
/// each until the module is complete. What is small in the binary can be large in the compiler: a block of three bytes may have 1,000 results, and each loop
/// may carry 50,000 locals (docs/rationale/compilation.md).
/// </summary>
/// <remarks>Not a validator: where it meets what it does not know it stops, because the compiler will stop there too, with a message of its own.</remarks>
internal static class CompilationEstimate
{
    private const byte FunctionForm = 0x60;

    // Measured: what is kept of each function until the module is complete, however small it is; for each export, through
    // which the host can enter; for each byte of code; and for each byte of data. What the first compilation of a process takes besides, 7 MiB, is not counted.
    private const long PerFunction = 6 << 10;
    private const long PerExport = 5 << 10;
    private const long PerCodeByte = 24;
    private const long PerDataByte = 4;

    /// <summary>Adds up what a module takes on this machine.</summary>
    public static CompilationCost Of(ReadOnlySpan<byte> wasm) => Of(wasm, Environment.ProcessorCount);

    /// <summary>Adds up what a module takes.</summary>
    /// <param name="wasm">The module.</param>
    /// <param name="processors">How many functions are compiled at one time.</param>
    public static CompilationCost Of(ReadOnlySpan<byte> wasm, int processors)
    {
        var module = new BinaryCursor(wasm, BinaryHeader.Length);
        var (types, functions, largest) = (new List<FunctionArity>(), new List<FunctionArity>(), new LargestFunctions(processors));
        var (imported, kept) = (0, 0L);
        while (module.TryReadSection(out var id, out var section))
        {
            switch (id)
            {
                case SectionId.Type:
                    ReadTypes(ref section, types);
                    break;
                case SectionId.Import:
                    ReadImports(ref section, types, functions);
                    imported = functions.Count;
                    break;
                case SectionId.Function:
                    for (var count = section.U32(); count > 0 && !section.IsAtEnd; count--) functions.Add(Find(types, section.U32()));
                    break;
                case SectionId.Export:
                    kept += PerExport * Math.Min(section.U32(), section.Remaining);
                    break;
                case SectionId.Code:
                    kept += PerCodeByte * section.Remaining;
                    ReadCode(ref section, types, functions, imported, largest);
                    break;
                case SectionId.Data:
                    kept += PerDataByte * section.Remaining;
                    break;
                default:
                    break;
            }
        }

        return largest.Cost with { Bytes = largest.Bytes + kept + (PerFunction * (functions.Count - imported)) };
    }

    private static void ReadTypes(ref BinaryCursor section, List<FunctionArity> types)
    {
        for (var count = section.U32(); count > 0 && !section.IsAtEnd; count--)
        {
            // Other forms are of proposals that are switched off.
            if (section.Byte() != FunctionForm) return;
            var parameters = ReadValueTypes(ref section);
            types.Add(new FunctionArity(parameters, ReadValueTypes(ref section)));
        }
    }

    private static uint ReadValueTypes(ref BinaryCursor section)
    {
        var count = section.U32();
        for (var index = 0u; index < count && !section.IsAtEnd; index++) FunctionEstimate.SkipValueType(ref section);
        return count;
    }

    private static void ReadImports(ref BinaryCursor section, List<FunctionArity> types, List<FunctionArity> functions)
    {
        for (var count = section.U32(); count > 0 && !section.IsAtEnd; count--)
        {
            section.Skip(section.U32());
            section.Skip(section.U32());

            // No host offers anything else, but the compiler looks at imports last. Without them the indices of functions are wrong, and so are some arities.
            if (section.Byte() != 0) return;
            functions.Add(Find(types, section.U32()));
        }
    }

    private static void ReadCode(ref BinaryCursor section, List<FunctionArity> types, List<FunctionArity> functions, int imported, LargestFunctions largest)
    {
        var count = section.U32();
        for (var index = 0; index < count && !section.IsAtEnd; index++)
        {
            var body = section.Part();
            var offset = body.Position;
            var number = imported + index;
            var own = number < functions.Count ? functions[number] : default;
            var bytes = new FunctionEstimate(types, functions, own).Read(ref body);
            largest.Add(new CompilationCost(number, offset, bytes, bytes));
        }
    }

    private static FunctionArity Find(List<FunctionArity> types, uint index) => index < (uint)types.Count ? types[(int)index] : default;
}

/// <summary>How many values a function or block takes and gives.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FunctionArity(uint Parameters, uint Results);

/// <summary>What a module is estimated to take.</summary>
/// <param name="Function">The index of its largest function.</param>
/// <param name="Offset">Where the body of that starts in the module.</param>
/// <param name="FunctionBytes">Memory of the compiler for that function.</param>
/// <param name="Bytes">Memory of the compiler for the module.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CompilationCost(int Function, int Offset, long FunctionBytes, long Bytes);
