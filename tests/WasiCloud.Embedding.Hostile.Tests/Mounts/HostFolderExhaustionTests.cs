using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts;

/// <summary>Guests that do all they can to fill a folder of the host, at one time, and the folder's limits.</summary>
public sealed class HostFolderExhaustionTests : IDisposable
{
    private const int Guests = 4;
    private const long MaxBytes = 300_000;
    private const long MaxNodes = 150;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-exhaustion-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Guests_ThatUseEveryWayToGrow_StayWithinBothLimits()
    {
        await using var host = new TestHost(
            options => options.MaxConcurrentInvocations = 2 * Guests,
            builder => builder.AddHostDirectory(
                "/data", _folder.FullName, FileAccess.ReadWrite, new HostDirectoryOptions { MaxBytes = MaxBytes, MaxNodes = MaxNodes }));
        var module = await host.LoadTextAsync(Filler);

        await Task.WhenAll(Enumerable.Range(0, Guests).Select(guest => Task.Run(() => host.RunAsync(module, RequestOf($"g{guest}")))));

        var entries = _folder.GetFileSystemInfos("*", SearchOption.AllDirectories);
        entries.Should().HaveCountLessThanOrEqualTo((int)MaxNodes).And.HaveCountGreaterThan((int)MaxNodes / 2, "they did try");
        (await CountBytesAsync(entries)).Should().BeLessThanOrEqualTo(MaxBytes).And.BeGreaterThan(MaxBytes / 2, "they did try");
    }

    // Its standard input is a name of two letters, below which nothing of the others' is. Every call may fail; none is looked at.
    private const string Filler = """
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_symlink" (func $symlink (param i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_link" (func $link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_rename" (func $rename (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $size (param i32 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 1024) "data/..-f000")
          (data (i32.const 1088) "data/..-n000")
          (global $number (mut i32) (i32.const 0))
          (func $name (param $at i32) (param $letter i32)
            (i32.store16 (i32.add (local.get $at) (i32.const 5)) (i32.load16_u (i32.const 64)))
            (i32.store8 (i32.add (local.get $at) (i32.const 8)) (local.get $letter))
            (i32.store8 (i32.add (local.get $at) (i32.const 9)) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (global.get $number) (i32.const 100))
              (i32.const 10))))
            (i32.store8 (i32.add (local.get $at) (i32.const 10)) (i32.add (i32.const 48) (i32.rem_u (i32.div_u (global.get $number) (i32.const 10))
              (i32.const 10))))
            (i32.store8 (i32.add (local.get $at) (i32.const 11)) (i32.add (i32.const 48) (i32.rem_u (global.get $number) (i32.const 10)))))
          (func $fill (param $flags i32) (local $file i32)
            (if (call $open (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 12) (i32.const 1) (i64.const 0x4001c6) (i64.const 0) (local.get $flags)
              (i32.const 0))
              (then (return)))
            (local.set $file (i32.load (i32.const 0)))
            (i32.store (i32.const 8) (i32.const 8192))
            (i32.store (i32.const 12) (i32.const 3000))
            (drop (call $write (local.get $file) (i32.const 8) (i32.const 1) (i32.const 4)))
            (drop (call $pwrite (local.get $file) (i32.const 8) (i32.const 1) (i64.const 5000) (i32.const 4)))
            (drop (call $size (local.get $file) (i64.extend_i32_u (i32.mul (global.get $number) (i32.const 100)))))
            (drop (call $allocate (local.get $file) (i64.const 0) (i64.extend_i32_u (i32.mul (global.get $number) (i32.const 50)))))
            (drop (call $write (local.get $file) (i32.const 8) (i32.const 1) (i32.const 4)))
            (if (i32.eqz (i32.rem_u (global.get $number) (i32.const 7))) (then (drop (call $unlink (i32.const 3) (i32.const 1024) (i32.const 12)))))
            (drop (call $write (local.get $file) (i32.const 8) (i32.const 1) (i32.const 4)))
            (drop (call $close (local.get $file))))
          (func (export "_start")
            (i32.store (i32.const 8) (i32.const 64))
            (i32.store (i32.const 12) (i32.const 2))
            (drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 4)))
            (loop $next
              (call $name (i32.const 1024) (i32.const 102))
              (call $fill (i32.const 0))
              (call $fill (i32.const 1))
              (call $name (i32.const 1088) (i32.const 100))
              (drop (call $mkdir (i32.const 3) (i32.const 1088) (i32.const 12)))
              (call $name (i32.const 1088) (i32.const 115))
              (drop (call $symlink (i32.const 1024) (i32.const 12) (i32.const 3) (i32.const 1088) (i32.const 12)))
              (call $name (i32.const 1088) (i32.const 108))
              (drop (call $link (i32.const 3) (i32.const 0) (i32.const 1024) (i32.const 12) (i32.const 3) (i32.const 1088) (i32.const 12)))
              (if (i32.eqz (i32.rem_u (global.get $number) (i32.const 5)))
                (then (drop (call $rename (i32.const 3) (i32.const 1024) (i32.const 12) (i32.const 3) (i32.const 1088) (i32.const 12)))))
              (global.set $number (i32.add (global.get $number) (i32.const 1)))
              (br_if $next (i32.lt_u (global.get $number) (i32.const 400))))))
        """;

    // A file with several names has its content once.
    private async Task<long> CountBytesAsync(FileSystemInfo[] entries)
    {
        var root = await new HostDirectoryMount(_folder.FullName, FileAccess.Read).AttachAsync(new InvocationContext { Id = "count" }, default);
        var sizes = new Dictionary<ulong, long>();
        foreach (var entry in entries.Where(static entry => entry is FileInfo && entry.LinkTarget is null))
        {
            var node = (await root.LookupAsync(entry.Name, default)).Value!;
            var attributes = (await node.GetAttributesAsync(default)).Value;
            sizes[attributes.Inode] = (long)attributes.Size;
            node.Release();
        }

        return sizes.Values.Sum();
    }

    private static InvocationRequest RequestOf(string name) =>
        new() { StandardInput = PipeReader.Create(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(name))), Timeout = TestHost.Patience };
}
