namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Modules of a given size that take a compiler long, or much memory: what is small in the binary and large in the compiler.</summary>
internal static class CompilationBombs
{
    public static IReadOnlyDictionary<string, Func<int, byte[]>> All { get; } = new Dictionary<string, Func<int, byte[]>>(StringComparer.Ordinal)
    {
        ["straight code, many functions"] = ManyFunctions,
        ["one function of straight code"] = OneFunction,
        ["locals changed in many branches"] = size => Branches(size, locals: 2_000),
        ["locals changed in nested loops"] = size => Loops(size, locals: 1_000),
        ["locals changed in nested loops, many functions"] = ManyLoops,
        ["br_table in a loop with many locals"] = size => Tables(size, locals: 500),
        ["blocks of 1,000 results"] = size => WideBlocks(size, width: 1_000),
        ["blocks of 100 results"] = size => WideBlocks(size, width: 100),
        ["blocks of 1,000 results, many functions"] = ManyWideBlocks,
        ["calls with 1,000 arguments"] = size => WideCalls(size, width: 1_000),
        ["many empty functions"] = EmptyFunctions,
    };

    private static byte[] ManyFunctions(int size)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        for (var written = 0; written < size; written += 2_000) module.Function(type, Straight(2_000, written), (1u, WasmModuleBuilder.I32));
        return module.Memory(1).Command(0).Build();
    }

    private static byte[] OneFunction(int size) => Single(Straight(size, 0), locals: 1);

    private static CodeWriter Straight(int size, int seed)
    {
        var code = new CodeWriter();
        for (var step = seed; code.Length < size; step++) code.LocalGet(0).I32(63).Op(0x71).I32Load().I32(step & 0x3F).I32Add().LocalSet(0);
        return code;
    }

    private static byte[] Branches(int size, int locals)
    {
        var code = new CodeWriter();
        for (var step = 0; code.Length < size; step++)
            code.LocalGet((uint)(step % locals)).If().LocalGet((uint)((step + 1) % locals)).LocalSet((uint)((step * 7) % locals)).End();
        return Single(code, locals);
    }

    private static byte[] Loops(int size, int locals) => Single(LoopCode(size, locals), locals);

    // Each function takes half of what MaxCompilationBytes allows by default.
    private static byte[] ManyLoops(int size)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        for (var written = 0; written < size; written += 8_500) module.Function(type, LoopCode(5_600, locals: 1_000), (1_000u, WasmModuleBuilder.I32));
        return module.Memory(1).Command(0).Build();
    }

    private static CodeWriter LoopCode(int size, int locals)
    {
        var (code, depth) = (new CodeWriter(), 0);
        for (; code.Length < size; depth++)
            code.Loop().LocalGet((uint)(depth % locals)).LocalGet((uint)((depth + 1) % locals)).I32Add().LocalSet((uint)((depth * 13) % locals));
        for (; depth > 0; depth--) code.LocalGet((uint)(depth % locals)).BranchIf(0).End();
        return code;
    }

    private static byte[] Tables(int size, int locals)
    {
        var code = new CodeWriter();
        code.Loop();
        for (var step = 0; code.Length < size; step++)
        {
            code.Block().Block().Block()
                .LocalGet((uint)(step % locals)).BranchTable([.. Enumerable.Range(0, 200).Select(index => (uint)index % 4)], 0)
                .End().LocalGet((uint)((step * 3) % locals)).I32(1).I32Add().LocalSet((uint)((step * 7) % locals)).End().End();
        }

        return Single(code.End(), locals);
    }

    private static byte[] WideBlocks(int size, int width)
    {
        var module = new WasmModuleBuilder();
        AddWideBlocks(module, size, width);
        return module.Memory(1).Command(0).Build();
    }

    // Each function takes half of what MaxCompilationBytes allows by default.
    private static byte[] ManyWideBlocks(int size)
    {
        var module = new WasmModuleBuilder();
        for (var written = 0; written < size; written += 3_090) AddWideBlocks(module, 3_090, width: 1_000);
        return module.Memory(1).Command(0).Build();
    }

    private static void AddWideBlocks(WasmModuleBuilder module, int size, int width)
    {
        var nothing = module.Type([]);
        byte[] types = [.. Enumerable.Repeat(WasmModuleBuilder.I32, width)];
        var wide = module.Type(types, types);
        var code = new CodeWriter();
        for (var index = 0; index < width; index++) code.LocalGet(0);
        while (code.Length < size - width) code.TypedBlock(wide).End();
        for (var index = 0; index < width; index++) code.Drop();
        module.Function(nothing, code, (1u, WasmModuleBuilder.I32));
    }

    private static byte[] WideCalls(int size, int width)
    {
        var module = new WasmModuleBuilder();
        var nothing = module.Type([]);
        var callee = module.Function(module.Type([.. Enumerable.Repeat(WasmModuleBuilder.I64, width)]), new CodeWriter());
        var code = new CodeWriter();
        while (code.Length < size)
        {
            for (var index = 0; index < width; index++) code.LocalGet(0);
            code.Call(callee);
        }

        return module.Memory(1).Command(module.Function(nothing, code, (1u, WasmModuleBuilder.I64))).Build();
    }

    private static byte[] EmptyFunctions(int size)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        for (var written = 0; written < size; written += 4) module.RawFunction(type, [0, 0x0B]);
        return module.Memory(1).Command(0).Build();
    }

    private static byte[] Single(CodeWriter code, int locals)
    {
        var module = new WasmModuleBuilder();
        return module.Memory(1).Command(module.Function(module.Type([]), code, ((uint)locals, WasmModuleBuilder.I32))).Build();
    }
}
