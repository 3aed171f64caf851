using System.Text;
using WasiCloud.Embedding.Wasm;

namespace WasiCloud.Tool.Inspection;

/// <summary>
/// Reads the sections of a binary module. The bytes are hostile: every read is bounded, and nothing is allocated for a number that the bytes merely claim.
/// </summary>
internal static class OutlineReader
{
    /// <summary>Reads what can be read; <see cref="ModuleOutline.Problem"/> says where it ended otherwise.</summary>
    public static ModuleOutline Read(ReadOnlyMemory<byte> wasm)
    {
        var outline = new ModuleOutline();
        try
        {
            ReadHeader(wasm.Span, outline);
            var cursor = new ByteCursor(wasm, BinaryHeader.Length, wasm.Length);
            var types = new List<string>();
            while (!cursor.IsAtEnd) ReadSection(cursor, types, outline);
        }
        catch (MalformedModuleException exception)
        {
            outline.Problem = exception;
        }

        return outline;
    }

    private static void ReadHeader(ReadOnlySpan<byte> wasm, ModuleOutline outline)
    {
        var kind = BinaryHeader.Read(wasm);
        outline.IsComponent = kind == BinaryKind.Component;
        switch (kind)
        {
            case BinaryKind.Module or BinaryKind.Component: return;
            case BinaryKind.CutOff: throw new MalformedModuleException(wasm.Length, "the end within the 8-byte header");
            case BinaryKind.UnknownVersion:
                throw new MalformedModuleException(4, $"version {Convert.ToHexString(wasm[4..BinaryHeader.Length])} is unknown");
            default: throw new MalformedModuleException(0, "it does not start with the bytes 00 61 73 6D (\"\\0asm\")");
        }
    }

    private static void ReadSection(ByteCursor cursor, List<string> types, ModuleOutline outline)
    {
        var at = cursor.Offset;
        var id = cursor.Byte("a section's number");
        var section = cursor.Part($"section {id}");

        // A component's sections have other meanings, but custom ones are the same.
        if (id == SectionId.Custom) CustomSectionReader.Read(section, outline);
        else if (!outline.IsComponent) ReadCoreSection(id, at, section, types, outline);
    }

    private static void ReadCoreSection(byte id, int at, ByteCursor section, List<string> types, ModuleOutline outline)
    {
        switch (id)
        {
            case SectionId.Type: TypeReader.ReadTypes(section, types, outline); break;
            case SectionId.Import: ReadImports(section, types, outline); break;
            case SectionId.Memory: ReadMemories(section, outline); break;
            case SectionId.Export: ReadExports(section, outline); break;
            case SectionId.Data: FindPaths(section.Rest(), outline); break;
            case SectionId.Tag: outline.Features.Add("exceptions"); break;
            case > SectionId.Tag: throw new MalformedModuleException(at, $"section {id} is unknown");
        }
    }

    private static void ReadImports(ByteCursor section, List<string> types, ModuleOutline outline)
    {
        for (var count = section.Count("imports"); count > 0; count--)
        {
            var (module, name) = (section.Name("an import's module"), section.Name("an import's name"));
            outline.Imports.Add((module, name, TypeReader.ReadExternal(section, types, outline)));
        }
    }

    private static void ReadMemories(ByteCursor section, ModuleOutline outline)
    {
        for (var count = section.Count("memories"); count > 0; count--) outline.Memories.Add(TypeReader.ReadMemory(section, outline));
        if (outline.Memories.Count > 1) outline.Features.Add("multiple memories");
    }

    private static void ReadExports(ByteCursor section, ModuleOutline outline)
    {
        for (var count = section.Count("exports"); count > 0; count--)
        {
            var name = section.Name("an export's name");
            var kind = section.Byte("an export's kind");
            section.Number("an export's index");
            outline.Exports.Add((name, TypeReader.KindOf(kind) ?? throw section.Malformed($"export kind {kind} is unknown")));
        }
    }

    private static void FindPaths(ReadOnlySpan<byte> data, ModuleOutline outline)
    {
        foreach (var path in new[] { "/request/", "/response/", "/beta/kv/", "/tmp/", "/dev/" })
        {
            if (data.IndexOf(Encoding.ASCII.GetBytes(path)) >= 0) outline.Paths.Add(path.TrimEnd('/'));
        }
    }
}
