using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Benchmarks.Gauge;

/// <summary>Guests that use a key-value scope again and again, each with keys of its own.</summary>
internal static class KeyValueGuests
{
    // $folder, $left, $right and $commit are paths; $fd is where a descriptor is put. Every error is a trap.
    private const string Frame = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\00\04\00\00\64\00\00\00") ;; 100 bytes at 1024
          {0}
          (func $check (param i32) (if (local.get 0) (then unreachable)))
          (func $put (param $path i32) (param $length i32)
            (call $check (call $open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length) (i32.const 9) (i64.const 0x40) (i64.const 0)
              (i32.const 0) (i32.const 16)))
            (call $check (call $write (i32.load (i32.const 16)) (i32.const 0) (i32.const 1) (i32.const 20)))
            (call $check (call $close (i32.load (i32.const 16)))))
          (func $once {1})
          (func (export "_start") (local $round i32)
            (loop
              (call $once)
              (br_if 0 (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const {2}))))))
        """;

    /// <summary>Puts 100 bytes, which is a commit.</summary>
    public static byte[] Putting(string scope, int id, int times) => Assemble(
        "(call $put (i32.const 256) (i32.const {length0}))", times, $"beta/kv/{scope}/put/{id}");

    /// <summary>Puts two keys in a transaction.</summary>
    public static byte[] Transacting(string scope, int id, int times) => Assemble(
        """
        (call $check (call $mkdir (i32.const 3) (i32.const 256) (i32.const {length0})))
        (call $put (i32.const 384) (i32.const {length1}))
        (call $put (i32.const 512) (i32.const {length2}))
        (call $check (call $rename (i32.const 3) (i32.const 256) (i32.const {length0}) (i32.const 3) (i32.const 640) (i32.const {length3})))
        """,
        times,
        $"beta/kv/{scope}/.tx/{id}",
        $"beta/kv/{scope}/.tx/{id}/left/{id}",
        $"beta/kv/{scope}/.tx/{id}/right/{id}",
        $"beta/kv/{scope}/.tx/commit");

    /// <summary>Takes a lock that the others want too, and gives it back.</summary>
    public static byte[] Locking(string scope, int times) => Assemble(
        """
        (call $check (call $open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const {length0}) (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0)
          (i32.const 16)))
        (call $check (call $close (i32.load (i32.const 16))))
        """,
        times,
        $"beta/kv/{scope}/.lock/name");

    private static byte[] Assemble(string once, int times, params string[] paths)
    {
        const int firstPath = 256, pathRoom = 128;
        var data = new StringBuilder();
        foreach (var (index, path) in paths.Index())
        {
            data.AppendLine(CultureInfo.InvariantCulture, $"(data (i32.const {firstPath + (index * pathRoom)}) \"{path}\")");
            once = once.Replace($"{{length{index}}}", path.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        }

        return TextFormatApi.Assemble(Encoding.UTF8.GetBytes(Frame
            .Replace("{0}", data.ToString(), StringComparison.Ordinal)
            .Replace("{1}", once, StringComparison.Ordinal)
            .Replace("{2}", times.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)));
    }
}
