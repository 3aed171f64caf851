namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Encodes a module (core specification, section 5.5). It checks nothing, so that it can encode what no compiler would.</summary>
internal sealed class WasmModuleBuilder
{
    public const byte I32 = 0x7F;
    public const byte I64 = 0x7E;
    public const byte FunctionReference = 0x70;
    public const byte FunctionExport = 0;
    public const byte TableExport = 1;
    public const byte MemoryExport = 2;
    public const byte GlobalExport = 3;

    private readonly Section _types = new(1);
    private readonly Section _imports = new(2);
    private readonly Section _functions = new(3);
    private readonly Section _tables = new(4);
    private readonly Section _memories = new(5);
    private readonly Section _globals = new(6);
    private readonly Section _exports = new(7);
    private readonly Section _elements = new(9);
    private readonly Section _code = new(10);
    private readonly Section _data = new(11);
    private readonly List<(string Name, byte[] Content)> _custom = [];
    private uint? _start;
    private uint? _dataCount;

    public uint FunctionCount => _imports.Count + _functions.Count;

    public uint Type(ReadOnlySpan<byte> parameters, params ReadOnlySpan<byte> results)
    {
        _types.Content.Byte(0x60).Blob(parameters).Blob(results);
        return _types.Count++;
    }

    /// <summary>Imports a function. Imports come before all functions.</summary>
    public uint ImportFunction(string module, string name, uint type)
    {
        _imports.Content.Name(module).Name(name).Byte(0).U32(type);
        return _imports.Count++;
    }

    /// <summary>Adds a function; its final <c>end</c> is added.</summary>
    public uint Function(uint type, CodeWriter code, params ReadOnlySpan<(uint Count, byte Type)> locals)
    {
        var body = new WasmWriter().U32((uint)locals.Length);
        foreach (var (count, local) in locals) body.U32(count).Byte(local);
        body.Bytes(code.ToArray()).Byte(0x0B);
        return RawFunction(type, body.ToArray());
    }

    /// <summary>Adds a function whose locals and code are given as bytes.</summary>
    public uint RawFunction(uint type, byte[] body)
    {
        _functions.Content.U32(type);
        _functions.Count++;
        _code.Content.Blob(body);
        _code.Count++;
        return FunctionCount - 1;
    }

    public WasmModuleBuilder Memory(uint minimum, uint? maximum = null, byte flags = 0)
    {
        Limits(_memories.Content, minimum, maximum, flags);
        _memories.Count++;
        return this;
    }

    public WasmModuleBuilder Table(uint minimum, uint? maximum = null)
    {
        Limits(_tables.Content.Byte(FunctionReference), minimum, maximum, flags: 0);
        _tables.Count++;
        return this;
    }

    public uint MutableGlobal(int value)
    {
        _globals.Content.Byte(I32).Byte(1).Bytes(new CodeWriter().I32(value).End().ToArray());
        return _globals.Count++;
    }

    public WasmModuleBuilder Export(string name, byte kind, uint index)
    {
        _exports.Content.Name(name).Byte(kind).U32(index);
        _exports.Count++;
        return this;
    }

    /// <summary>Fills a part of table 0.</summary>
    public WasmModuleBuilder Elements(int offset, params ReadOnlySpan<uint> functions)
    {
        _elements.Content.Byte(0).Bytes(new CodeWriter().I32(offset).End().ToArray()).U32((uint)functions.Length);
        foreach (var function in functions) _elements.Content.U32(function);
        _elements.Count++;
        return this;
    }

    public WasmModuleBuilder Data(int offset, ReadOnlySpan<byte> bytes)
    {
        _data.Content.Byte(0).Bytes(new CodeWriter().I32(offset).End().ToArray()).Blob(bytes);
        _data.Count++;
        return this;
    }

    public WasmModuleBuilder PassiveData(ReadOnlySpan<byte> bytes)
    {
        _data.Content.Byte(1).Blob(bytes);
        _dataCount = ++_data.Count;
        return this;
    }

    public WasmModuleBuilder Start(uint function)
    {
        _start = function;
        return this;
    }

    public WasmModuleBuilder Custom(string name, byte[] content)
    {
        _custom.Add((name, content));
        return this;
    }

    /// <summary>Exports what a command must have: memory 0 and <c>_start</c>.</summary>
    public WasmModuleBuilder Command(uint start) => Export("memory", MemoryExport, 0).Export("_start", FunctionExport, start);

    public byte[] Build()
    {
        var module = new WasmWriter().Bytes("\0asm"u8).Fixed32(1);
        foreach (var (name, content) in _custom) Write(module, 0, new WasmWriter().Name(name).Bytes(content).ToArray());
        foreach (var section in new[] { _types, _imports, _functions, _tables, _memories, _globals, _exports }) section.WriteTo(module);
        if (_start is { } start) Write(module, 8, new WasmWriter().U32(start).ToArray());
        _elements.WriteTo(module);
        if (_dataCount is not null) Write(module, 12, new WasmWriter().U32(_data.Count).ToArray());
        _code.WriteTo(module);
        _data.WriteTo(module);
        return module.ToArray();
    }

    private static void Limits(WasmWriter writer, uint minimum, uint? maximum, byte flags)
    {
        writer.Byte(flags | (maximum is null ? 0 : 1)).U32(minimum);
        if (maximum is { } value) writer.U32(value);
    }

    private static void Write(WasmWriter module, int id, byte[] content) => module.Byte(id).Blob(content);

    private sealed class Section(int id)
    {
        public WasmWriter Content { get; } = new();

        public uint Count { get; set; }

        public void WriteTo(WasmWriter module)
        {
            if (Count > 0) Write(module, id, [.. new WasmWriter().U32(Count).ToArray(), .. Content.ToArray()]);
        }
    }
}
