namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Small guests in the text format. They exit with the errno of the first call that fails.</summary>
internal static class GuestText
{
    /// <summary>Reads the gate at <c>/test/file</c> and ends.</summary>
    public static string ReadGate { get; } = Command("test/file", "(call $open) (call $read)");

    /// <summary>Reads the gate and loops for ever.</summary>
    public static string ReadGateThenLoop { get; } = Command("test/file", "(call $open) (call $read) (loop $again (br $again))");

    /// <summary>
    /// A guest whose <c>_start</c> is <paramref name="body"/>. For it: <c>$open</c> opens <paramref name="path"/> and keeps its number in
    /// <c>$descriptor</c>, <c>$create</c> creates it, <c>$read</c> reads once, <c>$write</c> writes <paramref name="text"/>, <c>$close</c> and <c>$exit</c>.
    /// </summary>
    public static string Command(string path, string body, string text = "text", string declarations = "") => $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 1024) "{{path}}")
          (data (i32.const 2048) "{{text.Replace("\n", "\\n", StringComparison.Ordinal)}}")
          (global $descriptor (mut i32) (i32.const -1))
          (func $check (param $errno i32)
            (if (local.get $errno) (then (call $exit (local.get $errno)))))
          (func $open_for (param $flags i32) (param $rights i64)
            (call $check (call $path_open
              (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const {{path.Length}}) (local.get $flags)
              (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 0)))
            (global.set $descriptor (i32.load (i32.const 0))))
          (func $open (call $open_for (i32.const 0) (i64.const 2)))
          (func $create (call $open_for (i32.const 1) (i64.const 0x40)))
          (func $read
            (i32.store (i32.const 8) (i32.const 4096))
            (i32.store (i32.const 12) (i32.const 4096))
            (call $check (call $fd_read (global.get $descriptor) (i32.const 8) (i32.const 1) (i32.const 4))))
          (func $write_to (param $number i32)
            (i32.store (i32.const 8) (i32.const 2048))
            (i32.store (i32.const 12) (i32.const {{text.Length}}))
            (call $check (call $fd_write (local.get $number) (i32.const 8) (i32.const 1) (i32.const 4))))
          (func $write (call $write_to (global.get $descriptor)))
          (func $close (call $check (call $fd_close (global.get $descriptor))))
          {{declarations}}
          (func $main (export "_start") {{body}}))
        """;
}
