using System.Globalization;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>Guests that call the host once, look at every byte of their memory that the call had no business with, and exit with its errno.</summary>
internal static class MemberGuest
{
    /// <summary>The exit code of a guest whose memory was changed elsewhere.</summary>
    public const int Spoiled = 99;

    // Where the host writes to, in memory that is full of this byte.
    private const int Canary = 0xA5;
    private const int FirstCanary = 4096;

    // Paths, and what else the guest passes, lie between here and the canaries.
    private const int FirstInput = 256;

    /// <summary>The file's name in the log must not be what it is: it ends a line, and turns what follows round.</summary>
    private const string FilePath = "m/f\\0a\\e2\\80\\ae";

    /// <summary>The text of a guest that makes one call.</summary>
    /// <param name="call">WebAssembly text that leaves an errno.</param>
    /// <param name="written">Where the call may write: address and length.</param>
    public static string Text(string call, IEnumerable<(int Address, int Length)> written) => $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_filestat_get" (func $stat (param i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_remove_directory" (func $rmdir (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_readlink" (func $readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fstat (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $truncate (param i32 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_sync" (func $sync (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_datasync" (func $datasync (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 64) "\10\27\00\00\00\01\00\00\f8\2a\00\00\00\01\00\00")
          (data (i32.const 136) "\01")
          (data (i32.const 1024) "{{FilePath}}")
          (data (i32.const 1040) "m/d")
          (data (i32.const 1056) "m/d/f")
          (data (i32.const 1072) "m/l")
          (data (i32.const 1088) "m/n")
          (data (i32.const 1104) "m/s")
          (data (i32.const 1120) "r/f")
          (func $must (param $error i32) (if (local.get $error) (then (call $exit (i32.const 98)))))
          (func $open (param $path i32) (param $length i32) (param $create i32) (param $rights i64) (param $flags i32) (result i32)
            (call $path_open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length)
              (local.get $create) (local.get $rights) (i64.const 0) (local.get $flags) (i32.const 5000)))
          (func $file (result i32)
            (call $must (call $open (i32.const 1024) (i32.const 7) (i32.const 0) (i64.const 0x42) (i32.const 0)))
            (i32.load (i32.const 5000)))
          (func $appended (result i32)
            (call $must (call $open (i32.const 1024) (i32.const 7) (i32.const 0) (i64.const 0x42) (i32.const 1)))
            (i32.load (i32.const 5000)))
          (func $directory (result i32)
            (call $must (call $open (i32.const 1040) (i32.const 3) (i32.const 2) (i64.const 0) (i32.const 0)))
            (i32.load (i32.const 5000)))
          (func $stream (result i32)
            (call $must (call $open (i32.const 1104) (i32.const 3) (i32.const 0) (i64.const 0x42) (i32.const 0)))
            (i32.load (i32.const 5000)))
          (func $wait (param $descriptor i32) (result i32) (local $error i32)
            (i32.store (i32.const 144) (local.get $descriptor))
            (local.set $error (call $poll (i32.const 128) (i32.const 12000) (i32.const 1) (i32.const 13000)))
            (if (local.get $error) (then (return (local.get $error))))
            (if (i32.ne (i32.load (i32.const 13000)) (i32.const 1)) (then (call $exit (i32.const 97))))
            (i32.load16_u (i32.const 12008)))
          (func $sum (result i32) (local $at i32) (local $sum i32)
            (local.set $at (i32.const {{FirstInput}}))
            (loop $next
              (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (local.get $at))))
              (local.set $at (i32.add (local.get $at) (i32.const 4)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const {{FirstCanary}}))))
            (local.get $sum))
          (func $look (local $at i32)
            (local.set $at (i32.const {{FirstCanary}}))
            (loop $next
              (if (i32.ne (i32.load8_u (local.get $at)) (i32.const {{Canary}}))
                (then (if (i32.eqz {{IsIn(written)}}) (then (call $exit (i32.const {{Spoiled}}))))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br_if $next (i32.lt_u (local.get $at) (i32.const 65536)))))
          (func (export "_start") (local $sum i32) (local $error i32)
            (memory.fill (i32.const {{FirstCanary}}) (i32.const {{Canary}}) (i32.const {{65536 - FirstCanary}}))
            (local.set $sum (call $sum))
            (local.set $error {{call}})
            (call $look)
            (if (i32.ne (local.get $sum) (call $sum)) (then (call $exit (i32.const {{Spoiled}}))))
            (call $exit (local.get $error))))
        """;

    private static string IsIn(IEnumerable<(int Address, int Length)> ranges) => ranges.Aggregate("(i32.const 0)", (sum, range) => string.Create(
        CultureInfo.InvariantCulture,
        $"(i32.or {sum} (i32.lt_u (i32.sub (local.get $at) (i32.const {range.Address})) (i32.const {range.Length})))"));
}
