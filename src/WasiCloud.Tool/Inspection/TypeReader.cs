using System.Globalization;

namespace WasiCloud.Tool.Inspection;

/// <summary>Reads types (core specification, section 5.3).</summary>
internal static class TypeReader
{
    private const byte Function = 0x60;

    /// <summary>The kind of an import or export, or <see langword="null"/>.</summary>
    public static string? KindOf(byte kind) => kind switch { 0 => "func", 1 => "table", 2 => "memory", 3 => "global", 4 => "tag", _ => null };

    /// <summary>Reads function types, up to the first that belongs to garbage collection.</summary>
    public static void ReadTypes(ByteCursor section, List<string> types, ModuleOutline outline)
    {
        for (var count = section.Count("types"); count > 0; count--)
        {
            var form = section.Byte("a type");
            if (form is 0x4e or 0x4f or 0x50 or 0x5e or 0x5f)
            {
                outline.Features.Add("garbage collection");
                return;
            }

            if (form != Function) throw section.Malformed($"type form 0x{form:x2} is unknown");
            types.Add($"({ReadValueTypes(section, outline)}) -> ({ReadValueTypes(section, outline)})");
        }
    }

    /// <summary>Reads the type of an import.</summary>
    public static string ReadExternal(ByteCursor section, List<string> types, ModuleOutline outline)
    {
        var at = section.Offset;
        var kind = section.Byte("an import's kind");
        switch (kind)
        {
            case 0: return "func " + TypeAt(section, types, outline);
            case 1: return $"table {ReadValueType(section, outline)} {ReadLimits(section, "elements", outline)}";
            case 2: return "memory " + ReadMemory(section, outline);
            case 3: return $"global {ReadValueType(section, outline)}{(section.Byte("mutability") == 0 ? string.Empty : " mutable")}";
            case 4:
                outline.Features.Add("exceptions");
                section.Byte("a tag's attribute");
                return "tag " + TypeAt(section, types, outline);
            default: throw new MalformedModuleException(at, $"import kind {kind} is unknown");
        }
    }

    public static string ReadMemory(ByteCursor section, ModuleOutline outline) => ReadLimits(section, "pages of 64 KiB", outline);

    private static string ReadLimits(ByteCursor section, string unit, ModuleOutline outline)
    {
        var at = section.Offset;
        var flags = section.Byte("limits");
        if (flags > 7) throw new MalformedModuleException(at, $"limits 0x{flags:x2} are unknown");
        if ((flags & 2) != 0) outline.Features.Add("threads");
        if ((flags & 4) != 0) outline.Features.Add("64-bit memory");
        var bits = (flags & 4) != 0 ? 64 : 32;
        var minimum = section.Number("a minimum", bits);
        var maximum = (flags & 1) != 0 ? section.Number("a maximum", bits) : (ulong?)null;
        return string.Create(CultureInfo.InvariantCulture,
            $"at least {minimum}{(maximum is { } most ? $", at most {most}" : string.Empty)} {unit}{((flags & 2) != 0 ? ", shared" : string.Empty)}");
    }

    private static string TypeAt(ByteCursor section, List<string> types, ModuleOutline outline)
    {
        var at = section.Offset;
        var index = section.Number("a type's index");
        if (index < (ulong)types.Count) return types[(int)index];
        return outline.Features.Contains("garbage collection") ? "(?)" : throw new MalformedModuleException(at, $"type {index} does not exist");
    }

    private static string ReadValueTypes(ByteCursor section, ModuleOutline outline)
    {
        var count = section.Count("value types");
        var names = new string[count];
        for (var index = 0; index < count; index++) names[index] = ReadValueType(section, outline);
        return string.Join(", ", names);
    }

    private static string ReadValueType(ByteCursor section, ModuleOutline outline)
    {
        var at = section.Offset;
        var type = section.Byte("a value type");
        switch (type)
        {
            case 0x7f: return "i32";
            case 0x7e: return "i64";
            case 0x7d: return "f32";
            case 0x7c: return "f64";
            case 0x7b:
                outline.Features.Add("SIMD");
                return "v128";
            case 0x70: return "funcref";
            case 0x6f: return "externref";
            case 0x63 or 0x64:
                outline.Features.Add("typed references");
                section.Number("a heap type", bits: 33);
                return "ref";
            case >= 0x65 and <= 0x75:
                outline.Features.Add("garbage collection");
                return "ref";
            default: throw new MalformedModuleException(at, $"value type 0x{type:x2} is unknown");
        }
    }
}
