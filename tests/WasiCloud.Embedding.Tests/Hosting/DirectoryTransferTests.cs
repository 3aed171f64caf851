using System.Globalization;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue.Memory;
using WasiCloud.Embedding.Mounts.HostDirectory;
using WasiCloud.Embedding.Tests.Mounts.HostDirectory;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>
/// What a guest can do to a directory's bytes, on every mount. POSIX <c>write</c>, <c>posix_fallocate</c>: EBADF, "not a valid file descriptor open for
/// writing"; <c>ftruncate</c>: EBADF or EINVAL; <c>read</c>: EISDIR, "the fildes argument refers to a directory and the implementation does not allow the
/// directory to be read".
/// </summary>
public class DirectoryTransferTests
{
    private const int BadF = 8;
    private const int IsDir = 31;
    private const int Transaction = 4096;

    private static readonly string[] s_directories =
    [
        ".", "dev", "tmp", "tmp/new", "host", "ro", "request", "request/headers", "response", "response/headers", "connection", "beta", "beta/kv", "beta/kv/s",
        "beta/kv/s/new", "beta/kv/s/.lock",
        "beta/kv/s/.meta", "beta/kv/s/.watch", "beta/kv/s/.tx", "beta/kv/s/.tx/1", "beta/rpc", "beta/rpc/echo", "beta/topic", "beta/topic/.lost", "beta/http",
    ];

    [Fact]
    public async Task Write_ToADirectory_IsBadFOnEveryMount()
    {
        using var folder = new TemporaryDirectory();
        await using var host = new TestHost(build: builder => builder
            .AddKeyValue(values => values.Scope("s").UseBackend(_ => new MemoryKeyValueBackend()))
            .AddRpcService("echo", static (_, _, _) => default)
            .AddTopic("news")
            .AddConnectionFiles()
            .AddDaemonHttpFiles()
            .AddMount("/host", FileAccess.ReadWrite, _ => new HostDirectoryMount(folder.Path, FileAccess.ReadWrite))
            .AddMount("/ro", FileAccess.Read, _ => new HostDirectoryMount(folder.Path, FileAccess.Read)));
        var module = await host.LoadTextAsync(Guest());

        (await host.RunAsync(module)).ExitCode.Should().Be(0);
    }

    // Exits with 1,000 for each directory, from 1, and the number of the call that was answered otherwise.
    private static string Guest()
    {
        var (data, calls) = (new StringBuilder(), new StringBuilder());
        for (var index = 0; index < s_directories.Length; index++)
        {
            var (path, address) = (s_directories[index], Transaction + (index * 64));
            data.Append(CultureInfo.InvariantCulture, $"(data (i32.const {address}) \"{path}\")\n");
            if (path.EndsWith("/new", StringComparison.Ordinal) || path.EndsWith("/1", StringComparison.Ordinal))
                calls.Append(CultureInfo.InvariantCulture,
                    $"(call $expect (i32.const {(index + 1) * 1000}) (i32.const 0) (call $make (i32.const 3) (i32.const {address}) (i32.const " +
                    $"{path.Length})))\n");
            calls.Append(CultureInfo.InvariantCulture, $"(call $try (i32.const {(index + 1) * 1000}) (i32.const {address}) (i32.const {path.Length}))\n");
        }

        return $$"""
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_pread" (func $pread (param i32 i32 i32 i64 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_allocate" (func $allocate (param i32 i64 i64) (result i32)))
              (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $truncate (param i32 i64) (result i32)))
              (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $flags (param i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (data (i32.const 8) "\00\02\00\00\04\00\00\00")
              {{data}}
              (func $expect (param $call i32) (param $errno i32) (param $actual i32)
                (if (i32.ne (local.get $errno) (local.get $actual)) (then (call $exit (i32.add (local.get $call) (local.get $actual))))))
              (func $try (param $directory i32) (param $path i32) (param $length i32) (local $fd i32)
                (call $expect (i32.add (local.get $directory) (i32.const 0)) (i32.const 0)
                  (call $open (i32.const 3) (i32.const 1) (local.get $path) (local.get $length) (i32.const 2) (i64.const 0) (i64.const 0) (i32.const 0)
                    (i32.const 0)))
                (local.set $fd (i32.load (i32.const 0)))
                (call $expect (i32.add (local.get $directory) (i32.const 100)) (i32.const {{IsDir}}) (call $read (local.get $fd) (i32.const 8) (i32.const 1)
                  (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 200)) (i32.const {{IsDir}}) (call $pread (local.get $fd) (i32.const 8) (i32.const 1)
                  (i64.const 0) (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 300)) (i32.const {{BadF}}) (call $write (local.get $fd) (i32.const 8) (i32.const 1)
                  (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 400)) (i32.const {{BadF}}) (call $pwrite (local.get $fd) (i32.const 8) (i32.const 1)
                  (i64.const 0) (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 500)) (i32.const {{BadF}}) (call $write (local.get $fd) (i32.const 8) (i32.const 0)
                  (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 600)) (i32.const {{BadF}}) (call $allocate (local.get $fd) (i64.const 0)
                  (i64.const 1)))
                (call $expect (i32.add (local.get $directory) (i32.const 700)) (i32.const {{BadF}}) (call $truncate (local.get $fd) (i64.const 0)))
                (drop (call $flags (local.get $fd) (i32.const 1)))
                (call $expect (i32.add (local.get $directory) (i32.const 800)) (i32.const {{BadF}}) (call $write (local.get $fd) (i32.const 8) (i32.const 1)
                  (i32.const 4)))
                (call $expect (i32.add (local.get $directory) (i32.const 900)) (i32.const 0) (call $close (local.get $fd))))
              (func (export "_start")
                {{calls}}))
            """;
    }
}
