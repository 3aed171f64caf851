using System.Diagnostics.CodeAnalysis;

namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>wasmtime_module_t: compiled code, shared by all instances.</summary>
internal sealed unsafe class WasmModuleHandle : WasmtimeHandle
{
    private WasmModuleHandle(nint pointer)
        : base(pointer)
    {
    }

    internal static bool TryCompile(
        EngineHandle engine,
        ReadOnlySpan<byte> wasm,
        [NotNullWhen(true)] out WasmModuleHandle? module,
        [NotNullWhen(false)] out WasmtimeError? error)
    {
        nint pointer = 0;
        fixed (byte* bytes = wasm)
            return TryOwn(ModuleApi.New(engine, bytes, (nuint)wasm.Length, &pointer), pointer, out module, out error);
    }

    /// <summary>Only for bytes that <see cref="Serialize"/> made and nobody else could change: their code is run.</summary>
    internal static bool TryDeserialize(
        EngineHandle engine,
        ReadOnlySpan<byte> artifact,
        [NotNullWhen(true)] out WasmModuleHandle? module,
        [NotNullWhen(false)] out WasmtimeError? error)
    {
        nint pointer = 0;
        fixed (byte* bytes = artifact)
            return TryOwn(ModuleApi.Deserialize(engine, bytes, (nuint)artifact.Length, &pointer), pointer, out module, out error);
    }

    /// <summary>As <see cref="TryDeserialize"/>; the file stays mapped, so it is replaced by renaming, never rewritten.</summary>
    internal static bool TryDeserializeFile(
        EngineHandle engine,
        string path,
        [NotNullWhen(true)] out WasmModuleHandle? module,
        [NotNullWhen(false)] out WasmtimeError? error)
    {
        nint pointer = 0;
        return TryOwn(ModuleApi.DeserializeFile(engine, path, &pointer), pointer, out module, out error);
    }

    /// <summary>Another owner of the same code, which is freed with its last.</summary>
    internal WasmModuleHandle Clone() => new(ModuleApi.Clone(this));

    /// <summary>Returns why the bytes are not a module this engine accepts, or null.</summary>
    internal static WasmtimeError? Validate(EngineHandle engine, ReadOnlySpan<byte> wasm)
    {
        fixed (byte* bytes = wasm)
            return WasmtimeError.Take(ModuleApi.Validate(engine, bytes, (nuint)wasm.Length));
    }

    /// <summary>The artifact stays in native memory: for a large interpreter it is over 100 MB.</summary>
    internal SerializedModule Serialize()
    {
        ByteVector bytes = default;
        if (WasmtimeError.Take(ModuleApi.Serialize(this, &bytes)) is { } error)
            throw new InvalidOperationException(error.Message);
        return new SerializedModule(bytes);
    }

    /// <summary>How much address space the module's image takes, in bytes: code, tables for unwinding and traps, data.</summary>
    internal long ReadImageBytes()
    {
        nint start = 0, end = 0;
        ModuleApi.ImageRange(this, &start, &end);
        return end - start;
    }

    internal IReadOnlyList<ModuleImport> ReadImports()
    {
        PointerVector items = default;
        ModuleApi.Imports(this, &items);
        var imports = new ModuleImport[items.Span.Length];
        var types = new HashSet<ExternType>();
        for (var i = 0; i < imports.Length; i++)
        {
            var item = items.Data[i];
            imports[i] = new ModuleImport(
                ByteVector.ReadName(ModuleItemApi.ImportModule(item))!,
                ByteVector.ReadName(ModuleItemApi.ImportName(item))!,
                ReadOnce(ModuleItemApi.ImportType(item), types));
        }

        VectorApi.DeleteImportTypes(&items);
        return imports;
    }

    /// <summary>Reads what the module exports.</summary>
    /// <param name="isDescribed">Of which names the types are read; by default of all. They may have a million parameters together.</param>
    internal IReadOnlyList<ModuleExport> ReadExports(Func<string, bool>? isDescribed = null)
    {
        PointerVector items = default;
        ModuleApi.Exports(this, &items);
        var exports = new ModuleExport[items.Span.Length];
        var types = new HashSet<ExternType>();
        for (var i = 0; i < exports.Length; i++)
        {
            var item = items.Data[i];
            var name = ByteVector.ReadName(ModuleItemApi.ExportName(item))!;
            var type = ModuleItemApi.ExportType(item);
            exports[i] = new ModuleExport(name, ExternTypeApi.Kind(type), isDescribed?.Invoke(name) is false ? null : ReadOnce(type, types));
        }

        VectorApi.DeleteExportTypes(&items);
        return exports;
    }

    protected override bool ReleaseHandle()
    {
        ModuleApi.Delete(handle);
        return true;
    }

    // Most functions have one of few types.
    private static ExternType ReadOnce(nint externType, HashSet<ExternType> known)
    {
        var type = ExternType.Read(externType);
        if (known.TryGetValue(type, out var same)) return same;
        known.Add(type);
        return type;
    }

    private static bool TryOwn(
        nint failure,
        nint pointer,
        [NotNullWhen(true)] out WasmModuleHandle? module,
        [NotNullWhen(false)] out WasmtimeError? error)
    {
        error = WasmtimeError.Take(failure);
        module = error is null ? new WasmModuleHandle(pointer) : null;
        return error is null;
    }
}
