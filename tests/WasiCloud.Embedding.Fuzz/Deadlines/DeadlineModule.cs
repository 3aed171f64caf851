using System.Text;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using WasmValueType = WasiCloud.Embedding.HostCalls.WasmValueType;

namespace WasiCloud.Embedding.Fuzz.Deadlines;

/// <summary>The module of a <see cref="DeadlineCase"/>: 1 GiB of memory, all functions, and a few of its own to prepare calls.</summary>
internal static class DeadlineModule
{
    public const uint Pages = 16_384;
    public const long MemoryBytes = Pages * 65_536L;

    /// <summary>Where results go.</summary>
    public const uint ResultAddress = 64;

    public const uint PathAddress = 1024;

    /// <summary>A second path, for renaming.</summary>
    public const uint OtherPathAddress = 16_384;

    /// <summary>1,024 vectors.</summary>
    public const uint VectorAddress = 65_536;

    /// <summary>65,536 subscriptions of 48 bytes, then as many events of 32.</summary>
    public const uint SubscriptionAddress = 1 << 20;

    public const uint EventAddress = SubscriptionAddress + (65_536 * 48);

    /// <summary>What the vectors point to.</summary>
    public const uint DataAddress = 8 << 20;

    /// <summary>What the guest exits with if a preparation failed, and the errno.</summary>
    public const int NotPrepared = 1000;

    public static byte[] Build(DeadlineCase deadlineCase) => TextFormatApi.Assemble(Encoding.UTF8.GetBytes(Text(deadlineCase)));

    private static string Text(DeadlineCase deadlineCase) => $$"""
        (module
          {{string.Join("\n  ", Preview1Functions.Table.Functions.Where(function => function.Module == Preview1Functions.Preview1Module).Select(Import))}}
          (memory (export "memory") {{Pages}})
          (data (i32.const {{PathAddress}}) "{{deadlineCase.Path}}")
          (data (i32.const {{DataAddress}}) "HTTP/1.1 200 OK\r\n\r\n")
          (data (i32.const {{OtherPathAddress}}) "{{deadlineCase.Path}}-other")
          (global $file (mut i32) (i32.const -1))
          (global $count (mut i32) (i32.const 0))
          (global $position (mut i64) (i64.const 0))
          (func $check (param $error i32)
            (if (local.get $error) (then (call $proc_exit (i32.add (i32.const {{NotPrepared}}) (local.get $error))))))
          (func $open (param $directory i32) (param $length i32) (param $open i32) (param $rights i64) (param $flags i32)
            (call $check (call $path_open (local.get $directory) (i32.const 0) (i32.const {{PathAddress}}) (local.get $length)
              (local.get $open) (local.get $rights) (i64.const -1) (local.get $flags) (i32.const {{ResultAddress}})))
            (global.set $file (i32.load (i32.const {{ResultAddress}}))))
          (func $vectors (param $count i32) (param $stride i32) (param $length i32)
            (local $index i32)
            (loop $next
              (i32.store (i32.add (i32.const {{VectorAddress}}) (i32.shl (local.get $index) (i32.const 3)))
                (i32.add (i32.const {{DataAddress}}) (i32.mul (local.get $index) (local.get $stride))))
              (i32.store (i32.add (i32.const {{VectorAddress + 4}}) (i32.shl (local.get $index) (i32.const 3))) (local.get $length))
              (br_if $next (i32.lt_u (local.tee $index (i32.add (local.get $index) (i32.const 1))) (local.get $count)))))
          (func $fill (param $length i32)
            (memory.fill (i32.const {{DataAddress}}) (i32.const 10) (local.get $length)))
          (func $subscribe (param $count i32) (param $type i32) (param $descriptor i32)
            (local $index i32)
            (local $at i32)
            (loop $next
              (local.set $at (i32.add (i32.const {{SubscriptionAddress}}) (i32.mul (local.get $index) (i32.const 48))))
              (i32.store8 offset=8 (local.get $at) (local.get $type))
              (i32.store offset=16 (local.get $at) (local.get $descriptor))
              (br_if $next (i32.lt_u (local.tee $index (i32.add (local.get $index) (i32.const 1))) (local.get $count)))))
          (func $fragments (param $count i32) (param $stride i64)
            (local $offset i64)
            (loop $next
              (call $check (call $fd_pwrite (global.get $file) (i32.const {{VectorAddress}}) (i32.const 1) (local.get $offset) (i32.const {{ResultAddress}})))
              (local.set $offset (i64.add (local.get $offset) (local.get $stride)))
              (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))
          (func (export "_start")
            {{deadlineCase.Setup}}
            (loop $again {{deadlineCase.Call}} (br $again))))
        """;

    private static string Import(HostFunction function)
    {
        var parameters = string.Join(' ', function.Parameters.Select(static type => type == WasmValueType.I32 ? "i32" : "i64"));
        var result = function.ReturnsErrno ? "(result i32)" : string.Empty;
        return $"""(import "{function.Module}" "{function.Name}" (func ${function.Name} (param {parameters}) {result}))""";
    }
}
