using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>Makes the modules of <see cref="Adversaries"/>.</summary>
internal static class AdversarialModules
{
    /// <summary>A command whose <c>_start</c> is some code.</summary>
    public static byte[] Command(CodeWriter code, Action<WasmModuleBuilder>? configure = null, uint pages = 1)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        module.Memory(pages);
        configure?.Invoke(module);
        return module.Command(module.Function(type, code)).Build();
    }

    public static byte[] CallThenTrap(HostFunction function, Random random)
    {
        var module = new WasmModuleBuilder();
        var import = module.ImportFunction(function.Module, function.Name, TypeOf(module, function));
        var code = new CodeWriter();
        foreach (var parameter in function.Parameters)
        {
            var value = random.Next(4) switch { 0 => random.Next(5), 1 => random.Next(65_536), 2 => -1, _ => random.NextInt64() };
            if (parameter == WasmValueType.I32) code.I32((int)value);
            else code.I64(value);
        }

        code.Call(import);
        if (function.ReturnsErrno) code.Drop();
        return module.Memory(1).Command(module.Function(module.Type([]), code.Unreachable())).Build();
    }

    private static uint TypeOf(WasmModuleBuilder module, HostFunction function) => module.Type(
        [.. function.Parameters.Select(parameter => parameter == WasmValueType.I32 ? WasmModuleBuilder.I32 : WasmModuleBuilder.I64)],
        function.ReturnsErrno ? [WasmModuleBuilder.I32] : []);

    private static uint Import(WasmModuleBuilder module, string name)
    {
        var function = Preview1Functions.Table.Functions.First(function => function.Name == name);
        return module.ImportFunction(function.Module, function.Name, TypeOf(module, function));
    }

    public static CodeWriter GrowAndTouch() => new CodeWriter()
        .Loop()
        .I32(1).MemoryGrow().I32(-1).I32Equals().If().Unreachable().End()
        .MemorySize().I32(65_536).Op(0x6C).I32(8).I32Subtract().I64(-1).I64Store()
        .Branch(0).End();

    public static byte[] Frames(int locals)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        return module.Memory(1).Command(module.Function(type, new CodeWriter().LocalGet(0).Drop().Call(0), ((uint)locals, WasmModuleBuilder.I64))).Build();
    }

    public static byte[] RecursiveIndirect() =>
        Command(new CodeWriter().I32(0).CallIndirect(0), module => module.Table(1).Elements(0, 0));

    public static byte[] IndirectRing(int count)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        module.Memory(1).Table((uint)count);
        for (var index = 0; index < count; index++) module.Function(type, new CodeWriter().I32((index + 1) % count).CallIndirect(type));
        return module.Elements(0, [.. Enumerable.Range(0, count).Select(index => (uint)index)]).Command(0).Build();
    }

    public static byte[] HostCallPerFrame()
    {
        var module = new WasmModuleBuilder();
        var random = Import(module, "random_get");
        var self = module.FunctionCount;
        module.Memory(1).Function(module.Type([]), new CodeWriter().I32(0).I32(64).Call(random).Drop().Call(self));
        return module.Command(self).Build();
    }

    public static byte[] Importing(Func<uint, CodeWriter> code)
    {
        var module = new WasmModuleBuilder();
        var exit = Import(module, "proc_exit");
        var type = module.Type([]);
        var inner = module.Function(type, code(exit));
        for (var depth = 0; depth < 20; depth++) inner = module.Function(type, new CodeWriter().Call(inner).Unreachable());
        return module.Memory(1).Command(inner).Build();
    }

    public static byte[] OpenMany()
    {
        var module = new WasmModuleBuilder();
        var (open, exit) = (Import(module, "path_open"), Import(module, "proc_exit"));
        var code = new CodeWriter().Loop()
            .I32(3).I32(0).I32(16).I32(3).I32(0).I64(0).I64(0).I32(0).I32(0).Call(open).LocalTee(0)
            .If().LocalGet(0).Call(exit).End().Branch(0).End();
        return module.Memory(1).Data(16, "tmp"u8).Command(module.Function(module.Type([]), code, (1u, WasmModuleBuilder.I32))).Build();
    }

    public static byte[] FillTemporary()
    {
        var module = new WasmModuleBuilder();
        var (open, write, exit) = (Import(module, "path_open"), Import(module, "fd_write"), Import(module, "proc_exit"));
        var code = new CodeWriter()
            .I32(3).I32(0).I32(16).I32(5).I32(1).I64(0x40).I64(0).I32(0).I32(0).Call(open).LocalTee(0).If().LocalGet(0).Call(exit).End()
            .I32(8).I32(0).I32Store().I32(8).I32(65_536).I32Store(4)
            .Loop().I32(0).I32Load().I32(8).I32(1).I32(4).Call(write).LocalTee(0).If().LocalGet(0).Call(exit).End().Branch(0).End();
        return module.Memory(1).Data(16, "tmp/f"u8).Command(module.Function(module.Type([]), code, (1u, WasmModuleBuilder.I32))).Build();
    }

    public static byte[] WithStart(CodeWriter code)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        module.Start(module.Function(type, code));
        return module.Memory(1).Command(module.Function(type, new CodeWriter())).Build();
    }

    public static byte[] StartCalls(string name, Action<CodeWriter> arguments)
    {
        var module = new WasmModuleBuilder();
        var import = Import(module, name);
        var type = module.Type([]);
        var code = new CodeWriter();
        arguments(code);
        code.Call(import);
        if (name != "proc_exit") code.If().Unreachable().End();
        module.Start(module.Function(type, code));
        return module.Memory(1).Command(module.Function(type, new CodeWriter())).Build();
    }

    public static byte[] StartIsStart()
    {
        var module = new WasmModuleBuilder();
        module.Start(module.Function(module.Type([]), new CodeWriter()));
        return module.Memory(1).Command(0).Build();
    }

    public static byte[] HugeData(int bytes)
    {
        var content = new byte[bytes];
        Array.Fill(content, (byte)'x');
        return Command(new CodeWriter(), module => module.Data(0, content), pages: ((uint)bytes / 65_536) + 1);
    }

    public static void ManyData(WasmModuleBuilder module, int count)
    {
        for (var index = 0; index < count; index++) module.Data(index % 65_536, [(byte)index]);
    }

    public static byte[] WrongType()
    {
        var module = new WasmModuleBuilder();
        var (nothing, other) = (module.Type([]), module.Type([WasmModuleBuilder.I32]));
        module.Function(other, new CodeWriter());
        return module.Memory(1).Table(1).Elements(0, 0).Command(module.Function(nothing, new CodeWriter().I32(0).CallIndirect(nothing))).Build();
    }

    public static byte[] ManyImports(int count, bool known)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([], WasmModuleBuilder.I32);
        for (var index = 0; index < count; index++)
            module.ImportFunction(Preview1Functions.Preview1Module, known ? "sched_yield" : FormattableString.Invariant($"unknown_{index}"), type);
        return module.Memory(1).Command(module.Function(module.Type([]), new CodeWriter().Call((uint)count - 1).Drop())).Build();
    }

    public static byte[] WrongImport()
    {
        var module = new WasmModuleBuilder();
        module.ImportFunction(Preview1Functions.Preview1Module, "fd_close", module.Type([WasmModuleBuilder.I64], WasmModuleBuilder.I64));
        return module.Memory(1).Command(module.Function(module.Type([]), new CodeWriter())).Build();
    }

    public static byte[] NamedImport(string name)
    {
        var module = new WasmModuleBuilder();
        module.ImportFunction(name, name, module.Type([]));
        return module.Memory(1).Command(module.Function(module.Type([]), new CodeWriter())).Build();
    }

    public static byte[] Memory(byte flags, uint? maximum)
    {
        var module = new WasmModuleBuilder();
        return module.Memory(1, maximum, flags).Command(module.Function(module.Type([]), new CodeWriter())).Build();
    }

    public static byte[] Exports(params ReadOnlySpan<(string Name, byte Kind)> exports)
    {
        var module = new WasmModuleBuilder();
        module.Memory(1).Function(module.Type([]), new CodeWriter());
        foreach (var (name, kind) in exports) module.Export(name, kind, 0);
        return module.Build();
    }

    public static byte[] StartWithParameters()
    {
        var module = new WasmModuleBuilder();
        return module.Memory(1).Command(module.Function(module.Type([WasmModuleBuilder.I32]), new CodeWriter())).Build();
    }

    public static byte[] ManyExports(int count) => Command(new CodeWriter(), module =>
    {
        for (var index = 0; index < count; index++) module.Export(FormattableString.Invariant($"e{index}"), WasmModuleBuilder.MemoryExport, 0);
    });

    public static byte[] ManyTypes(int count) => Command(new CodeWriter(), module =>
    {
        for (var index = 1; index < count; index++) module.Type([]);
    });

    public static byte[] WideType(int parameters) =>
        Command(new CodeWriter(), module => module.Type([.. Enumerable.Repeat(WasmModuleBuilder.I64, parameters)]));

    public static byte[] ManyFunctions(int count)
    {
        var module = new WasmModuleBuilder();
        var type = module.Type([]);
        byte[] body = [0, 0x0B];
        for (var index = 0; index < count; index++) module.RawFunction(type, body);
        return module.Memory(1).Command(0).Build();
    }

    public static byte[] Nested(int depth)
    {
        var code = Blocks(new CodeWriter(), depth);
        for (var index = 0; index < depth; index++) code.End();
        return Command(code);
    }

    public static CodeWriter Blocks(CodeWriter code, int count)
    {
        for (var index = 0; index < count; index++) code.Block();
        return code;
    }

    public static byte[] NestedLoops(int depth)
    {
        var code = new CodeWriter();
        for (var index = 0; index < depth; index++) code.Loop();
        for (var index = 0; index < depth; index++) code.I32(0).BranchIf((uint)(depth - index - 1)).End();
        return Command(code);
    }

    public static byte[] Locals(uint count)
    {
        var module = new WasmModuleBuilder();
        return module.Memory(1).Command(module.Function(module.Type([]), new CodeWriter().LocalGet(count - 1).Drop(), (count, WasmModuleBuilder.I64))).Build();
    }

    public static byte[] RandomBytes(Random random, int minimum, int maximum)
    {
        var bytes = new byte[random.Next(minimum, maximum)];
        random.NextBytes(bytes);
        return bytes;
    }
}
