using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Tool.Tests;

/// <summary>Programs of a few instructions.</summary>
internal static class SmallGuest
{
    /// <summary>Calls something of the host (traced: one line), and then goes on for ever in the way that is asked for.</summary>
    public const string Loop = "(loop (br 0))";

    public const string ReadForEver = "(loop (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 24))) (br 0))";

    public const string WriteForEver = "(loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 24))) (br 0))";

    /// <summary>Ends with the errno of one call.</summary>
    public static string ExitWith(string call) => $"(call $exit {call})";

    public static string Write(int descriptor, int bytes = 16) =>
        $"(block (result i32) (i32.store (i32.const 4) (i32.const {bytes})) (call $write (i32.const {descriptor}) (i32.const 0) (i32.const 1) (i32.const 24)))";

    public static string Read(int descriptor) => $"(call $read (i32.const {descriptor}) (i32.const 0) (i32.const 1) (i32.const 24))";

    /// <summary>Opens a path, relative to the root, for writing.</summary>
    public static string Open(string path) =>
        $"(call $open (i32.const 3) (i32.const 1) (i32.const 64) (i32.const {path.Length}) "
        + "(i32.const 0) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 24))";

    /// <summary>Translates a program whose one pair of address and length, at 0, is of 4,096 bytes, and which has a path at 64.</summary>
    public static byte[] Assemble(string body, string path = "") => TextFormatApi.Assemble(Encoding.UTF8.GetBytes($$"""
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_tell" (func $tell (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 4)
          (data (i32.const 0) "\00\04\00\00\00\10\00\00")
          (data (i32.const 64) "{{path}}")
          (func (export "_start")
            (drop (call $tell (i32.const 99) (i32.const 24)))
            {{body}}))
        """));
}
