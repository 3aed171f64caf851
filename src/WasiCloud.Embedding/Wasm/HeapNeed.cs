namespace WasiCloud.Embedding.Wasm;

/// <summary>
/// Tells whether the engine gives each guest of a module a heap for references: a second place in the pool of memories. It does so for tables, globals and
/// element segments of anything but functions (<c>externref</c>); what only passes through parameters and locals needs none.
/// </summary>
/// <remarks>
/// For modules that compile. Where it meets what it does not know it says yes: a place too many costs a wait, one too few another module's guest.
/// </remarks>
internal static class HeapNeed
{
    // A table that says what its elements are in the beginning.
    private const byte InitializedTable = 0x40;
    private const byte NullableReference = 0x63;
    private const byte Reference = 0x64;
    private const byte Functions = 0x70;
    private const byte NoFunctions = 0x73;

    // Core specification 5.5.12: the bits before an element segment.
    private const uint NotActive = 1;
    private const uint NamesTable = 2;
    private const uint HasExpressions = 4;

    /// <summary>Looks through the sections that can need a heap.</summary>
    /// <returns>The first that does.</returns>
    public static HeapReason Of(ReadOnlySpan<byte> wasm)
    {
        var module = new BinaryCursor(wasm, BinaryHeader.Length);
        while (module.TryReadSection(out var id, out var section))
        {
            var reason = id switch
            {
                SectionId.Table when HasTable(ref section) => HeapReason.Table,
                SectionId.Global when HasGlobal(ref section) => HeapReason.Global,
                SectionId.Element when HasSegment(ref section) => HeapReason.ElementSegment,
                _ => HeapReason.None,
            };
            if (section.HasFailed) return HeapReason.Unknown;
            if (reason != HeapReason.None) return reason;
        }

        return module.HasFailed ? HeapReason.Unknown : HeapReason.None;
    }

    private static bool HasTable(ref BinaryCursor section)
    {
        for (var count = section.U32(); count > 0 && !section.HasFailed; count--)
        {
            var isInitialized = section.Peek() == InitializedTable;
            if (isInitialized) section.Skip(2);
            if (!IsOfFunctions(ref section)) return true;
            var hasMaximum = (section.U32() & 1) != 0;
            section.SkipVariable();
            if (hasMaximum) section.SkipVariable();
            if (isInitialized) SkipExpression(ref section);
        }

        return false;
    }

    private static bool HasGlobal(ref BinaryCursor section)
    {
        for (var count = section.U32(); count > 0 && !section.HasFailed; count--)
        {
            if (section.Peek() is >= 0x7B and <= 0x7F) section.Skip(1);
            else if (!IsOfFunctions(ref section)) return true;
            section.Skip(1);
            SkipExpression(ref section);
        }

        return false;
    }

    private static bool HasSegment(ref BinaryCursor section)
    {
        for (var count = section.U32(); count > 0 && !section.HasFailed; count--)
        {
            var flags = section.U32();
            var (isActive, hasExpressions) = ((flags & NotActive) == 0, (flags & HasExpressions) != 0);
            if (isActive && (flags & NamesTable) != 0) section.SkipVariable();
            if (isActive) SkipExpression(ref section);
            var hasType = (flags & (NotActive | NamesTable)) != 0;
            var isOfFunctions = !(hasType && hasExpressions) || IsOfFunctions(ref section);
            if (hasType && !hasExpressions) section.Skip(1);
            for (var elements = section.U32(); elements > 0 && !section.HasFailed; elements--)
            {
                if (!isOfFunctions) return true;
                if (hasExpressions) SkipExpression(ref section);
                else section.SkipVariable();
            }
        }

        return false;
    }

    // A type of the module's own can only be one of functions: others are of proposals that are switched off.
    private static bool IsOfFunctions(ref BinaryCursor section)
    {
        var type = section.Byte();
        if (type is NullableReference or Reference) type = section.Peek();
        else return type is Functions or NoFunctions;
        section.SkipVariable();
        return type is Functions or NoFunctions || (type & 0x40) == 0;
    }

    // Constant expressions (core specification 3.3.13): the operations, and what follows each.
    private static void SkipExpression(ref BinaryCursor section)
    {
        while (!section.HasFailed)
        {
            switch (section.Byte())
            {
                case 0x0B:
                    return;
                case 0x23 or 0x41 or 0x42 or 0xD0 or 0xD2:
                    section.SkipVariable();
                    break;
                case 0x43:
                    section.Skip(sizeof(float));
                    break;
                case 0x44:
                    section.Skip(sizeof(double));
                    break;
                case 0xFD:
                    section.SkipVariable();
                    section.Skip(16);
                    break;
                case 0x6A or 0x6B or 0x6C or 0x7C or 0x7D or 0x7E:
                    break;
                default:
                    section.Skip(uint.MaxValue);
                    break;
            }
        }
    }
}
