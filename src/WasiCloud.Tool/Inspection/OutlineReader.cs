using System.Text;

namespace WasiCloud.Tool.Inspection;

/// <summary>
/// Reads the sections of a binary module. The bytes are hostile: every read is bounded, and nothing is allocated for a number that the bytes merely claim.
/// </summary>
internal static class OutlineReader
{
    private const int HeaderBytes = 8;

    private static ReadOnlySpan<byte> Magic => "\0asm"u8;

    /// <summary>Reads what can be read; <see cref="ModuleOutline.Problem"/> says where it ended otherwise.</summary>
    public static ModuleOutline Read(ReadOnlyMemory<byte> wasm)
    {
        var outline = new ModuleOutline();
        try
        {
            ReadHeader(wasm.Span, outline);
            var cursor = new ByteCursor(wasm, HeaderBytes, wasm.Length);
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
        if (!wasm.StartsWith(Magic)) throw new MalformedModuleException(0, "it does not start with the bytes 00 61 73 6D (\"\\0asm\")");
        if (wasm.Length < HeaderBytes) throw new MalformedModuleException(wasm.Length, "the end within the 8-byte header");
        outline.IsComponent = wasm[6] == 1 && wasm[7] == 0;
        if (!outline.IsComponent && !wasm[4..HeaderBytes].SequenceEqual((ReadOnlySpan<byte>)[1, 0, 0, 0]))
            throw new MalformedModuleException(4, $"version {Convert.ToHexString(wasm[4..HeaderBytes])} is unknown");
    }

    private static void ReadSection(ByteCursor cursor, List<string> types, ModuleOutline outline)
    {
        var at = cursor.Offset;
        var id = cursor.Byte("a section's number");
        var section = cursor.Part($"section {id}");

        // A component's sections have other meanings, but custom ones are the same.
        if (id == 0) CustomSectionReader.Read(section, outline);
        else if (!outline.IsComponent) ReadCoreSection(id, at, section, types, outline);
    }

    private static void ReadCoreSection(byte id, int at, ByteCursor section, List<string> types, ModuleOutline outline)
    {
        switch (id)
        {
            case 1: TypeReader.ReadTypes(section, types, outline); break;
            case 2: ReadImports(section, types, outline); break;
            case 5: ReadMemories(section, outline); break;
            case 7: ReadExports(section, outline); break;
            case 11: FindPaths(section.Rest(), outline); break;
            case 13: outline.Features.Add("exceptions"); break;
            case > 13: throw new MalformedModuleException(at, $"section {id} is unknown");
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
