using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Hostile.Tests.Limits;

/// <summary>
/// A guest that takes of one resource what it gets: it repeats a step until that fails, tells how far it came, and keeps everything until it is told to end.
/// </summary>
internal static class HungryGuest
{
    // Only a failure waits this long.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>The guest.</summary>
    /// <param name="path">Where it opens something.</param>
    /// <param name="step">
    /// One step, which gives an errno. For it: <c>$n</c>, the number of the step; <c>$name</c> puts that behind the path, as 8 letters; <c>$open</c> opens the
    /// path and keeps the descriptor, <c>$open_second</c> another path; <c>$write</c> writes so many bytes to it.
    /// </param>
    /// <param name="steps">How many steps there are at most.</param>
    /// <param name="secondPath">The other path.</param>
    public static byte[] Build(string path, string step, int steps, string secondPath = "") =>
        TextFormatApi.Assemble(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_filestat_set_size (param i32 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
          (memory (export "memory") 3)
          (data (i32.const 1024) "{{path}}")
          (data (i32.const 1536) "{{secondPath}}")
          (global $n (mut i32) (i32.const 0))
          (func $name (local $digit i32)
            (loop $next
              (i32.store8
                (i32.sub (i32.const {{1024 + path.Length + 7}}) (local.get $digit))
                (i32.add (i32.const 97) (i32.and (i32.shr_u (global.get $n) (i32.mul (local.get $digit) (i32.const 4))) (i32.const 15))))
              (br_if $next (i32.lt_u (local.tee $digit (i32.add (local.get $digit) (i32.const 1))) (i32.const 8)))))
          (func $descriptor (result i32) (i32.load (i32.const 0)))
          (func $open (param $length i32) (param $flags i32) (param $rights i64) (result i32)
            (call $path_open
              (i32.const 3) (i32.const 0) (i32.const 1024) (local.get $length) (local.get $flags)
              (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 0)))
          (func $open_second (param $fdflags i32) (param $rights i64) (result i32)
            (call $path_open
              (i32.const 3) (i32.const 0) (i32.const 1536) (i32.const {{secondPath.Length}}) (i32.const 0)
              (local.get $rights) (i64.const 0) (local.get $fdflags) (i32.const 0)))
          (func $write (param $fd i32) (param $at i32) (param $size i32) (result i32)
            (i32.store (i32.const 8) (local.get $at))
            (i32.store (i32.const 12) (local.get $size))
            (call $fd_write (local.get $fd) (i32.const 8) (i32.const 1) (i32.const 4)))
          (func $step (result i32) (local $error i32)
            {{step}})
          (func (export "_start") (local $error i32)
            (loop $again
              (local.set $error (call $step))
              (global.set $n (i32.add (global.get $n) (i32.const 1)))
              (br_if $again (i32.and (i32.eqz (local.get $error)) (i32.lt_u (global.get $n) (i32.const {{steps}})))))
            (i32.store (i32.const 16) (local.get $error))
            (i32.store (i32.const 20) (global.get $n))
            (drop (call $write (i32.const 1) (i32.const 16) (i32.const 8)))
            (i32.store (i32.const 8) (i32.const 24))
            (i32.store (i32.const 12) (i32.const 1))
            (drop (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))))
        """)));

    /// <summary>Runs it until it has what it can get, looks, and lets it end.</summary>
    /// <returns>Why its last step failed, and how many it made.</returns>
    public static async Task<(int Errno, int Steps)> RunAsync(IInvocationHost host, GuestModule module, Func<Task> look)
    {
        var (input, output) = (new Pipe(), new Pipe());
        var invoking = host.InvokeAsync(module, new InvocationRequest { StandardInput = input.Reader, StandardOutput = output.Writer });
        var reading = output.Reader.ReadAtLeastAsync(8).AsTask();
        await Task.WhenAny(invoking, reading).WaitAsync(s_patience);
        if (!reading.IsCompleted) await (await invoking).Completion;
        var told = new byte[8];
        (await reading).Buffer.Slice(0, 8).CopyTo(told);
        await look();
        await input.Writer.CompleteAsync();
        await using var response = await invoking.WaitAsync(s_patience);
        await response.Completion.WaitAsync(s_patience);
        return (BinaryPrimitives.ReadInt32LittleEndian(told), BinaryPrimitives.ReadInt32LittleEndian(told.AsSpan(4)));
    }
}
