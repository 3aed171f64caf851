using System.Buffers.Binary;
using WasiCloud.Embedding.Fuzz.Imports;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Fuzz.Modules;

/// <summary>
/// A guest that imports every function and runs a program that it reads from standard input: records of 80 bytes, an operation and nine arguments. Operations
/// below the number of functions call one; the others are in <see cref="Operation"/>. It exits with <see cref="NotAnErrno"/> if a function answers what no
/// errno is.
/// </summary>
internal static class CallAnything
{
    public const int NotAnErrno = 777_777;
    public const int RecordBytes = 80;
    public const int MaxRecords = 700;
    public const uint Pages = 3;

    /// <summary>Below this address are the guest's own variables and its program.</summary>
    public const uint Floor = Program + (MaxRecords * RecordBytes);

    private const uint Program = 1024;
    private const uint MaxErrno = 76;

    /// <summary>What a record can do besides calling a function.</summary>
    internal enum Operation
    {
        /// <summary>Stores the second argument, 8 bytes, at the first.</summary>
        Store = 100,

        /// <summary>Grows the memory by the first argument's pages.</summary>
        Grow,

        /// <summary>Traps.</summary>
        Trap,

        /// <summary>Never returns.</summary>
        Loop,

        /// <summary>Calls itself until the stack is exhausted.</summary>
        Recurse,

        /// <summary>Calls <c>proc_exit</c> 50 frames down.</summary>
        ExitDeep,
    }

    public static byte[] Build()
    {
        var module = new WasmModuleBuilder();
        var nothing = module.Type([]);
        foreach (var function in Preview1Functions.Table.Functions)
        {
            var type = module.Type([.. function.Parameters.Select(TypeOf)], function.ReturnsErrno ? [WasmModuleBuilder.I32] : []);
            module.ImportFunction(function.Module, function.Name, type);
        }

        module.Memory(Pages);
        var depth = module.MutableGlobal(0);
        var recurse = module.FunctionCount;
        module.Function(nothing, new CodeWriter().Call(recurse));
        var exit = module.FunctionCount;
        module.Function(nothing, ExitDeep(exit, depth));
        var start = module.Function(nothing, Interpreter(recurse, exit), (4u, WasmModuleBuilder.I32));
        return module.Command(start).Build();
    }

    /// <summary>Encodes calls, their pokes before them.</summary>
    public static byte[] Encode(IEnumerable<PlannedCall> calls)
    {
        using var program = new MemoryStream();
        foreach (var call in calls)
        {
            foreach (var (address, bytes) in call.Pokes)
            {
                for (var offset = 0; offset < bytes.Length; offset += 8)
                {
                    var piece = new byte[8];
                    bytes.AsSpan(offset, Math.Min(8, bytes.Length - offset)).CopyTo(piece);
                    program.Write(Record(Operation.Store, address + (uint)offset, BinaryPrimitives.ReadUInt64LittleEndian(piece)));
                }
            }

            program.Write(Record((Operation)call.Index, call.Arguments));
        }

        // What does not fit is cut off.
        return program.ToArray()[..(int)Math.Min(program.Length, MaxRecords * RecordBytes)];
    }

    public static byte[] Record(Operation operation, params ReadOnlySpan<ulong> arguments)
    {
        var record = new byte[RecordBytes];
        record[0] = (byte)operation;
        for (var index = 0; index < arguments.Length; index++) BinaryPrimitives.WriteUInt64LittleEndian(record.AsSpan(8 + (index * 8)), arguments[index]);
        return record;
    }

    private static byte TypeOf(WasmValueType type) => type == WasmValueType.I32 ? WasmModuleBuilder.I32 : WasmModuleBuilder.I64;

    private static uint IndexOf(string name) =>
        (uint)Preview1Functions.Table.Functions.TakeWhile(function => function.Name != name || function.Module != Preview1Functions.Preview1Module).Count();

    private static CodeWriter ExitDeep(uint self, uint depth) => new CodeWriter()
        .GlobalGet(depth).I32(50).I32Equals()
        .If().I32(3).Call(IndexOf("proc_exit")).End()
        .GlobalGet(depth).I32(1).I32Add().GlobalSet(depth)
        .Call(self);

    private static CodeWriter Interpreter(uint recurse, uint exit)
    {
        const uint end = 0, record = 1, errno = 2, operation = 3;
        var code = new CodeWriter().I32((int)Program).LocalSet(end);

        // Reads until nothing comes: fd_read(0, {end, rest}, 1, &count).
        code.Block().Loop()
            .I32(0).LocalGet(end).I32Store()
            .I32(0).I32((int)Floor).LocalGet(end).I32Subtract().I32Store(4)
            .I32(0).I32(0).I32(1).I32(16).Call(IndexOf("fd_read")).BranchIf(1)
            .I32(0).I32Load(16).LocalTee(errno).I32IsZero().BranchIf(1)
            .LocalGet(end).LocalGet(errno).I32Add().LocalSet(end).Branch(0)
            .End().End();
        code.I32((int)Program).LocalSet(record);

        // The outer block is left at the end of the program; the inner ones are the cases.
        var functions = Preview1Functions.Table.Functions;
        var cases = functions.Count + 6;
        code.Block().Loop()
            .LocalGet(record).I32(RecordBytes).I32Add().LocalGet(end).I32Above().BranchIf(1)
            .I32(0).LocalSet(errno)
            .LocalGet(record).I32Load8().LocalSet(operation)
            .Block();
        for (var index = 0; index < cases; index++) code.Block();
        code.LocalGet(operation).I32((int)Operation.Store).I32Below()
            .If().LocalGet(operation).BranchTable([.. Enumerable.Range(0, functions.Count).Select(index => (uint)index + 1)], (uint)cases + 1).End()
            .LocalGet(operation).I32((int)Operation.Store).I32Subtract()
                .BranchTable([.. Enumerable.Range(functions.Count, 6).Select(index => (uint)index)], (uint)cases);
        for (var index = 0; index < cases; index++)
        {
            code.End();
            WriteCase(code, index, record, errno, recurse, exit);
            code.Branch((uint)(cases - index - 1));
        }

        return code.End()
            .LocalGet(errno).I32((int)MaxErrno).I32Above().If().I32(NotAnErrno).Call(IndexOf("proc_exit")).End()
            .LocalGet(record).I32(RecordBytes).I32Add().LocalSet(record).Branch(0)
            .End().End();
    }

    private static void WriteCase(CodeWriter code, int index, uint record, uint errno, uint recurse, uint exit)
    {
        var functions = Preview1Functions.Table.Functions;
        if (index < functions.Count)
        {
            for (var position = 0; position < functions[index].Parameters.Count; position++)
            {
                code.LocalGet(record);
                if (functions[index].Parameters[position] == WasmValueType.I32) code.I32Load(8 + (8 * (uint)position));
                else code.I64Load(8 + (8 * (uint)position));
            }

            code.Call((uint)index);
            if (functions[index].ReturnsErrno) code.LocalSet(errno);
            return;
        }

        _ = (Operation)(index - functions.Count + (int)Operation.Store) switch
        {
            Operation.Store => code.LocalGet(record).I32Load(8).LocalGet(record).I64Load(16).I64Store(),
            Operation.Grow => code.LocalGet(record).I32Load(8).MemoryGrow().Drop(),
            Operation.Trap => code.Unreachable(),
            Operation.Loop => code.Loop().Branch(0).End(),
            Operation.Recurse => code.Call(recurse),
            Operation.ExitDeep => code.Call(exit),
            var other => throw new InvalidOperationException(other.ToString()),
        };
    }
}
