using WasiCloud.Embedding.Preview1;
using static WasiCloud.Embedding.Fuzz.Modules.AdversarialModules;

namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>The kinds. Each is a valid command apart from what it is about, and its sizes are the generator's choice.</summary>
internal static class Adversaries
{
    public static IReadOnlyList<Adversary> All { get; } =
    [
        .. Running(), .. AtStart(), .. Data(), .. Tables(), .. Declarations(), .. Shapes(), .. TrapsAtEveryCall(),
    ];

    private static IEnumerable<Adversary> Running() =>
    [
        new("memory.grow by one page until it is refused, then trap",
            _ => Command(new CodeWriter().Loop().I32(1).MemoryGrow().I32(-1).I32Equals().I32IsZero().BranchIf(0).End().Unreachable()), Ending.Memory),
        new("memory.grow storm that ignores refusals",
            random => Command(new CodeWriter().Loop().I32(random.Next(1, 65_536)).MemoryGrow().Drop().Branch(0).End()), Ending.Time),
        new("memory.grow by everything at once", _ => Command(new CodeWriter().I32(-1).MemoryGrow().Drop()), Ending.Ok),
        new("grows and touches every page", _ => Command(GrowAndTouch()), Ending.Memory),
        new("touches behind its memory", random => Command(new CodeWriter().I32(random.Next(65_536, int.MaxValue)).I32Load().Drop()), Ending.MemoryOutOfBounds),
        new("touches with the largest offset", _ => Command(new CodeWriter().I32(-1).I64Load(uint.MaxValue).Drop()), Ending.MemoryOutOfBounds),
        new("loops for ever", _ => Command(new CodeWriter().Loop().Branch(0).End()), Ending.Time),
        new("recursion", _ => Command(new CodeWriter().Call(0)), Ending.StackOverflow),
        new("recursion with many locals", random => Frames(random.Next(10, 5_000)), Ending.StackOverflow),
        new("recursive call_indirect", _ => RecursiveIndirect(), Ending.StackOverflow),
        new("mutual call_indirect through the whole table", random => IndirectRing(random.Next(2, 1_000)), Ending.StackOverflow),
        new("recursion with a host call in every frame", _ => HostCallPerFrame(), Ending.StackOverflow),
        new("divides by zero", _ => Command(new CodeWriter().I32(1).I32(0).I32DivideSigned().Drop()), Ending.IntegerDivisionByZero),
        new("overflows a division", _ => Command(new CodeWriter().I32(int.MinValue).I32(-1).I32DivideSigned().Drop()), Ending.IntegerOverflow),
        new("converts NaN", _ => Command(new CodeWriter().Op(0x43, 0, 0, 0xC0, 0x7F).Op(0xA8).Drop()), Ending.BadConversionToInteger),
        new("exits deep inside", random => Importing(exit => new CodeWriter().I32(random.Next(1, 10_000)).Call(exit)), Ending.AnyExit),
        new("exits with 0 and leaves code behind", _ => Importing(exit => new CodeWriter().I32(0).Call(exit).Loop().Branch(0).End()), Ending.Ok),
        new("opens until it may not", _ => OpenMany(), Ending.Descriptors),
        new("fills /tmp", _ => FillTemporary(), Ending.Time, Ending.Exit(51)),
    ];

    private static IEnumerable<Adversary> AtStart() =>
    [
        new("start function that never ends", _ => WithStart(new CodeWriter().Loop().Branch(0).End()), Ending.Time),
        new("start function that traps", _ => WithStart(new CodeWriter().Unreachable()), Ending.Unreachable),
        new("start function that recurses", _ => WithStart(new CodeWriter().Call(0)), Ending.StackOverflow),
        new("start function that grows the memory to its limit and traps",
            _ => WithStart(new CodeWriter().Loop().I32(16).MemoryGrow().I32(-1).I32Equals().I32IsZero().BranchIf(0).End().Unreachable()),
            Ending.Memory, Ending.Unreachable),
        new("start function that exits", random => StartCalls("proc_exit", code => code.I32(random.Next(1, 256))), Ending.AnyExit),
        new("start function that exits with 0", _ => StartCalls("proc_exit", code => code.I32(0)), Ending.Ok),
        new("start function that calls the host", _ => StartCalls("random_get", code => code.I32(65_000).I32(500)), Ending.Ok),
        new("start function that is _start", _ => StartIsStart(), Ending.Ok),
    ];

    private static IEnumerable<Adversary> Data() =>
    [
        new("huge data segments", random => HugeData(random.Next(1, 30) << 20), Ending.Ok),
        new("data segment behind the memory",
            random => Command(new CodeWriter(), module => module.Data(random.Next(65_536, int.MaxValue), [1, 2, 3])), Ending.MemoryOutOfBounds),
        new("data segment over the end of the memory", _ => Command(new CodeWriter(), module => module.Data(65_535, [1, 2])), Ending.MemoryOutOfBounds),
        new("empty data segment at the end", _ => Command(new CodeWriter(), module => module.Data(65_536, [])), Ending.Ok),
        new("data segment at -1", _ => Command(new CodeWriter(), module => module.Data(-1, [1])), Ending.MemoryOutOfBounds),
        new("100,000 data segments", _ => Command(new CodeWriter(), module => ManyData(module, 100_000)), Ending.Ok),
        new("more data segments than the format allows", _ => Command(new CodeWriter(), module => ManyData(module, 100_001)), Ending.Invalid),
        new("passive segment used after it was dropped",
            _ => Command(new CodeWriter().Misc(9, 0).I32(0).I32(0).I32(1).Misc(8, 0, 0), module => module.PassiveData([1, 2, 3])), Ending.MemoryOutOfBounds),
        new("passive segment beyond its end",
            _ => Command(new CodeWriter().I32(0).I32(2).I32(100).Misc(8, 0, 0), module => module.PassiveData([1, 2, 3])), Ending.MemoryOutOfBounds),
        new("memory.fill of everything", _ => Command(new CodeWriter().I32(0).I32(1).I32(-1).Misc(11, 0)), Ending.MemoryOutOfBounds),
        new("memory.copy of everything", _ => Command(new CodeWriter().I32(1).I32(0).I32(65_536).Misc(10, 0, 0)), Ending.MemoryOutOfBounds),
    ];

    private static IEnumerable<Adversary> Tables() =>
    [
        new("table of the limit", _ => Command(new CodeWriter(), module => module.Table(20_000)), Ending.Ok),
        new("table over the limit", random => Command(new CodeWriter(), module => module.Table((uint)random.Next(20_001, 10_000_000))), Ending.Invalid),
        new("table over the format's limit", _ => Command(new CodeWriter(), module => module.Table(uint.MaxValue)), Ending.Invalid),
        new("four tables of the limit", _ => Command(new CodeWriter(), module => module.Table(20_000).Table(20_000).Table(20_000).Table(20_000)), Ending.Ok),
        new("five tables", _ => Command(new CodeWriter(), module => module.Table(1).Table(1).Table(1).Table(1).Table(1)), Ending.Invalid),
        new("table.grow storm",
            random => Command(
                new CodeWriter().Loop().Op(0xD0, 0x70).I32(random.Next(1, 100_000)).Misc(15, 0).Drop().Branch(0).End(), module => module.Table(1)),
            Ending.Time),
        new("table.grow to the limit", _ => Command(new CodeWriter().Op(0xD0, 0x70).I32(19_999).Misc(15, 0).Drop(), module => module.Table(1)), Ending.Ok),
        new("call_indirect of a null entry", _ => Command(new CodeWriter().I32(0).CallIndirect(0), module => module.Table(1)), Ending.IndirectCallToNull),
        new("call_indirect behind the table",
            random => Command(new CodeWriter().I32(random.Next(1, int.MaxValue)).CallIndirect(0), module => module.Table(1)), Ending.TableOutOfBounds),
        new("call_indirect with another type", _ => WrongType(), Ending.BadSignature),
        new("elements behind the table", _ => Command(new CodeWriter(), module => module.Table(1).Elements(1, 0)), Ending.TableOutOfBounds),
    ];

    private static IEnumerable<Adversary> Declarations() =>
    [
        new("10,000 unknown imports", _ => ManyImports(10_000, known: false), Ending.Invalid),
        new("10,000 imports of known functions", _ => ManyImports(10_000, known: true), Ending.Ok),
        new("100,000 imports of known functions", _ => ManyImports(100_000, known: true), Ending.Ok, Ending.Invalid),
        new("import with another signature", _ => WrongImport(), Ending.Invalid),
        new("import with a name of 90,000 bytes", _ => NamedImport(new string('n', 90_000)), Ending.Invalid),
        new("memory beyond the host's limit", random => Command(new CodeWriter(), pages: (uint)random.Next(2_000, 65_536)), Ending.Invalid),
        new("memory beyond the format's limit", _ => Command(new CodeWriter(), pages: 65_537), Ending.Invalid),
        new("shared memory", _ => Memory(flags: 2, maximum: 1), Ending.Invalid),
        new("64-bit memory", _ => Memory(flags: 4, maximum: null), Ending.Invalid),
        new("two memories", _ => Command(new CodeWriter(), module => module.Memory(1)), Ending.Invalid),
        new("export memory that is a function",
            _ => Exports(("memory", WasmModuleBuilder.FunctionExport), ("_start", WasmModuleBuilder.FunctionExport)), Ending.Invalid),
        new("export _start that is a memory",
            _ => Exports(("memory", WasmModuleBuilder.MemoryExport), ("_start", WasmModuleBuilder.MemoryExport)), Ending.Invalid),
        new("exports of one name",
            _ => Exports(("memory", WasmModuleBuilder.MemoryExport), ("memory", WasmModuleBuilder.MemoryExport), ("_start", WasmModuleBuilder.FunctionExport)),
            Ending.Invalid),
        new("export of what does not exist",
            _ => Exports(("memory", WasmModuleBuilder.GlobalExport), ("_start", WasmModuleBuilder.FunctionExport)), Ending.Invalid),
        new("_start with parameters", _ => StartWithParameters(), Ending.Invalid),
        new("100,000 exports", _ => ManyExports(99_998), Ending.Ok, Ending.Invalid),
        new("custom sections of 10 MB",
            _ => Command(new CodeWriter(), module => module.Custom("a", new byte[10_000_000]).Custom("name", new byte[10_000_000])), Ending.Ok, Ending.Invalid),
        new("1,000,000 types", _ => ManyTypes(1_000_000), Ending.Ok, Ending.Invalid),
        new("more types than the format allows", _ => ManyTypes(1_000_001), Ending.Invalid),
        new("type of 1,000 parameters", _ => WideType(1_000), Ending.Ok),
        new("type of 1,001 parameters", _ => WideType(1_001), Ending.Invalid),
        new("1,000,001 functions", _ => ManyFunctions(1_000_001), Ending.Invalid),
        new("exception handling", _ => Command(new CodeWriter().Op(0x1F, 0x40, 0).End()), Ending.Invalid),
        new("garbage-collected type", _ => Command(new CodeWriter().Op(0xFB, 0x01, 0).Drop()), Ending.Invalid),
        new("atomic instruction", _ => Command(new CodeWriter().Op(0xFE, 0x03, 0)), Ending.Invalid),
    ];

    private static IEnumerable<Adversary> Shapes() =>
    [
        new("blocks 10,000 deep", _ => Nested(10_000), Ending.Ok, Ending.Invalid),
        new("loops 1,000 deep", _ => NestedLoops(1_000), Ending.Ok),
        new("50,000 locals", _ => Locals(50_000), Ending.Ok, Ending.StackOverflow),
        new("50,001 locals", _ => Locals(50_001), Ending.Invalid),
        new("4,294,967,295 locals", _ => Locals(uint.MaxValue), Ending.Invalid),
        new("huge br_table", random => Command(new CodeWriter().Block().I32(0).BranchTable(new uint[random.Next(10_000, 65_000)], 0).End()), Ending.Ok),
        new("br_table over the format's limit", _ => Command(new CodeWriter().Block().I32(0).BranchTable(new uint[7_654_321 + 1], 0).End()), Ending.Invalid),
        new("br_table to where nothing is", _ => Command(new CodeWriter().I32(0).BranchTable([99], 0)), Ending.Invalid),
        new("unbalanced stack", _ => Command(new CodeWriter().I32(1)), Ending.Invalid),
        new("pops from an empty stack", _ => Command(new CodeWriter().Drop()), Ending.Invalid),
        new("missing ends", random => Command(Blocks(new CodeWriter(), random.Next(1, 100))), Ending.Invalid),
        new("call of what does not exist", _ => Command(new CodeWriter().Call(12_345)), Ending.Invalid),
        new("data.drop without segments", _ => Command(new CodeWriter().Misc(9, 0)), Ending.Invalid),
        new("random code", random => Command(new CodeWriter().Op(RandomBytes(random, 1, 2_000))), Ending.Invalid, Ending.Ok, Ending.Unreachable, Ending.Time),
    ];

    private static IEnumerable<Adversary> TrapsAtEveryCall() => Preview1Functions.Table.Functions.Select(function => new Adversary(
        $"{function.Module}.{function.Name} with random arguments, then a trap",
        random => CallThenTrap(function, random),
        function.ReturnsErrno ? [Ending.Unreachable, Ending.Time] : [Ending.AnyExit, Ending.Ok]));
}
