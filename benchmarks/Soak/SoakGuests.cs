using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Soak;

/// <summary>The modules.</summary>
internal sealed class SoakGuests : IDisposable
{
    /// <summary>What the guest <c>fail</c> calls.</summary>
    public const string ImportModule = "soak";

    /// <summary>What the guest <c>fail</c> calls.</summary>
    public const string ImportName = "fail";

    // Its state is in its memory across all the times that it waits: the checksum of its body, which it answers with.
    private const string SumText = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\40\00\00\00")
          (data (i32.const 16) "\00\02\00\00\08\00\00\00")
          (data (i32.const 100) "request/bodyresponse/body")
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func (export "_start") (local $at i32)
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 12) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 112) (i32.const 13) (i32.const 9) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 204)))
            (i64.store (i32.const 512) (i64.const 0xcbf29ce484222325))
            (loop $again
              (call $check (call $read (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i32.const 8)))
              (local.set $at (i32.const 0))
              (block $done
                (loop $bytes
                  (br_if $done (i32.ge_u (local.get $at) (i32.load (i32.const 8))))
                  (i64.store (i32.const 512) (i64.mul
                    (i64.xor (i64.load (i32.const 512)) (i64.load8_u offset=1024 (local.get $at)))
                    (i64.const 0x100000001b3)))
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (br $bytes)))
              (br_if $again (i32.load (i32.const 8))))
            (call $check (call $write (i32.load (i32.const 204)) (i32.const 16) (i32.const 1) (i32.const 8)))))
        """;

    // Waits for a byte, and traps.
    private const string TrapText = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\01\00\00\00")
          (data (i32.const 100) "request/body")
          (func (export "_start")
            (drop (call $open (i32.const 3) (i32.const 0) (i32.const 100) (i32.const 12) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
              (i32.const 200)))
            (drop (call $read (i32.load (i32.const 200)) (i32.const 0) (i32.const 1) (i32.const 8)))
            unreachable))
        """;

    private const string LoopText = """(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))""";

    private const string FailText = """(module (import "soak" "fail" (func $fail)) (memory (export "memory") 1) (func (export "_start") (call $fail)))""";

    private const string EmptyText = """(module (memory (export "memory") 1) (func (export "_start")))""";

    private SoakGuests(GuestModule sum, GuestModule trap, GuestModule loop, GuestModule fail, GuestModule empty, GuestModule json) =>
        (Sum, Trap, Loop, Fail, Empty, Json) = (sum, trap, loop, fail, empty, json);

    /// <summary>Answers with the checksum of its body.</summary>
    public GuestModule Sum { get; }

    /// <summary>Waits for one byte and traps.</summary>
    public GuestModule Trap { get; }

    /// <summary>Computes without end.</summary>
    public GuestModule Loop { get; }

    /// <summary>Calls a function of the host that throws.</summary>
    public GuestModule Fail { get; }

    /// <summary>Does nothing.</summary>
    public GuestModule Empty { get; }

    /// <summary>A C program, JSON in and out.</summary>
    public GuestModule Json { get; }

    /// <summary>Loads all of them.</summary>
    public static async Task<SoakGuests> LoadAsync(IInvocationHost host)
    {
        return new SoakGuests(
            await TextAsync(SumText, "sum"),
            await TextAsync(TrapText, "trap"),
            await TextAsync(LoopText, "loop"),
            await TextAsync(FailText, "fail"),
            await TextAsync(EmptyText, "empty"),
            await host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "json.wasm")), "json"));

        ValueTask<GuestModule> TextAsync(string text, string name) => host.LoadAsync(TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text)), name);
    }

    public void Dispose()
    {
        foreach (var module in (GuestModule[])[Sum, Trap, Loop, Fail, Empty, Json]) module.Dispose();
    }
}
