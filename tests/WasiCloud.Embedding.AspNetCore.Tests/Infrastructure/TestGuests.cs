using System.Text;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>The modules that the tests run.</summary>
internal static class TestGuests
{
    /// <summary>Shows the request: <c>/request/txt</c> is the response's body.</summary>
    public static byte[] ShowRequest { get; } = Copy("request/txt", "response/body");

    /// <summary>Sends the request's body back.</summary>
    public static byte[] Echo { get; } = Copy("request/body", "response/body");

    /// <summary>Sends the request's body as the whole response, head and all.</summary>
    public static byte[] SendBodyAsResponse { get; } = SendBodyAsResponseAnd(Close);

    /// <summary>Sends each message of a WebSocket back, as bytes; a long one in pieces of 4,096 bytes.</summary>
    public static byte[] EchoMessages { get; } = Copy("connection/messages", "connection/binary");

    /// <summary>Reads the messages of a WebSocket to their end, and then sends what <c>/connection/info</c> says.</summary>
    public static byte[] ShowConnection { get; } = Copy("connection/info", "connection/binary", before: "connection/messages");

    /// <summary>Sends what <c>/connection/info</c> says, at once.</summary>
    public static byte[] GreetConnection { get; } = Copy("connection/info", "connection/binary");

    /// <summary>Shows what <see cref="ContextMount"/> says at <c>/context</c>: in the response, a message of a WebSocket, a stream.</summary>
    public static byte[] ShowContext { get; } = Copy("context/text", "response/body");

    /// <summary>Writes the body of a request to a key.</summary>
    public static byte[] SaveNote { get; } = Copy("request/body", "beta/kv/local/note");

    /// <summary>Answers with what the key has.</summary>
    public static byte[] ShowNote { get; } = Copy("beta/kv/local/note", "response/body");

    public static byte[] ShowContextInMessage { get; } = Copy("context/text", "connection/binary");

    public static byte[] ShowContextInStream { get; } = Copy("context/text", "connection/stream");

    /// <summary>Shows its arguments and environment variables, in order, with <c>|</c> behind each.</summary>
    public static byte[] ShowStart { get; } = TextFormatApi.Assemble("""
        (module
          (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 128) "response/body")
          (func $check (param $errno i32)
            (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
          (func (export "_start") (local $at i32) (local $end i32)
            (call $check (call $args_sizes_get (i32.const 0) (i32.const 4)))
            (call $check (call $args_get (i32.const 1024) (i32.const 8192)))
            (call $check (call $environ_sizes_get (i32.const 8) (i32.const 12)))
            (call $check (call $environ_get (i32.const 4096) (i32.add (i32.const 8192) (i32.load (i32.const 4)))))
            (local.set $at (i32.const 8192))
            (local.set $end (i32.add (local.get $at) (i32.add (i32.load (i32.const 4)) (i32.load (i32.const 12)))))
            (i32.store (i32.const 520) (local.get $at))
            (i32.store (i32.const 524) (i32.sub (local.get $end) (local.get $at)))
            (block $done (loop $next
              (br_if $done (i32.eq (local.get $at) (local.get $end)))
              (if (i32.eqz (i32.load8_u (local.get $at))) (then (i32.store8 (local.get $at) (i32.const 124))))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $next)))
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 13)
              (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 516)))
            (call $check (call $fd_write (i32.load (i32.const 516)) (i32.const 520) (i32.const 1) (i32.const 528)))))
        """u8.ToArray());

    /// <summary>What a guest may do at its end.</summary>
    public const string Close = "(call $check (call $fd_close (i32.load (i32.const 516))))";

    public const string Loop = "(loop $forever (br $forever))";

    public const string Trap = "(unreachable)";

    /// <summary>One of the repository's guests.</summary>
    public static byte[] Named(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm"));

    public static byte[] SendBodyAsResponseAnd(string end) => Copy("request/body", "response/txt", end);

    /// <summary>Answers a text, whatever the request.</summary>
    public static byte[] Say(string text) => TextFormatApi.Assemble(Encoding.UTF8.GetBytes($$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "response/body")
          (data (i32.const 64) "{{text}}")
          (func (export "_start")
            (drop (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 13)
              (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 512)))
            (i32.store (i32.const 520) (i32.const 64))
            (i32.store (i32.const 524) (i32.const {{text.Length}}))
            (drop (call $fd_write (i32.load (i32.const 512)) (i32.const 520) (i32.const 1) (i32.const 528)))))
        """));

    /// <summary>Opens the request's body, does something, and answers <c>done</c>.</summary>
    /// <param name="act">What: <see cref="ReadSome"/>, <see cref="Poll"/>, <see cref="Trap"/> or nothing.</param>
    public static byte[] Answer(string act) => TextFormatApi.Assemble(Encoding.UTF8.GetBytes($$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "request/body")
          (data (i32.const 128) "response/body")
          (data (i32.const 256) "done")
          (func $check (param $errno i32)
            (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
          (func (export "_start")
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 12)
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))
            {{act}}
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const 13)
              (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 516)))
            (i32.store (i32.const 520) (i32.const 256))
            (i32.store (i32.const 524) (i32.const 4))
            (call $check (call $fd_write (i32.load (i32.const 516)) (i32.const 520) (i32.const 1) (i32.const 528)))))
        """));

    /// <summary>Three bytes.</summary>
    public const string ReadSome = """
        (i32.store (i32.const 520) (i32.const 4096))
        (i32.store (i32.const 524) (i32.const 3))
        (call $check (call $fd_read (i32.load (i32.const 512)) (i32.const 520) (i32.const 1) (i32.const 528)))
        """;

    /// <summary>Waits until there is something of the body, and leaves it there.</summary>
    public const string Poll = """
        (i32.store8 (i32.const 1032) (i32.const 1))
        (i32.store (i32.const 1040) (i32.load (i32.const 512)))
        (call $check (call $poll_oneoff (i32.const 1024) (i32.const 1200) (i32.const 1) (i32.const 1300)))
        """;

    // 0, 128 and 256: the paths, of which the third is read to its end before; 512 and 516: the descriptors; 520: a vector of the buffer at 4096; 528: a count.
    private static byte[] Copy(string from, string to, string end = Close, string before = "dev/null") => TextFormatApi.Assemble(Encoding.UTF8.GetBytes($$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
          (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{{from}}")
          (data (i32.const 128) "{{to}}")
          (data (i32.const 256) "{{before}}")
          (func $check (param $errno i32)
            (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
          (func (export "_start")
            (i32.store (i32.const 520) (i32.const 4096))
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const {{before.Length}})
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))
            (loop $drain
              (i32.store (i32.const 524) (i32.const 4096))
              (call $check (call $fd_read (i32.load (i32.const 512)) (i32.const 520) (i32.const 1) (i32.const 528)))
              (br_if $drain (i32.load (i32.const 528))))
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const {{from.Length}})
              (i32.const 0) (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 512)))
            (call $check (call $path_open (i32.const 3) (i32.const 0) (i32.const 128) (i32.const {{to.Length}})
              (i32.const 9) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 516)))
            (block $end (loop $again
              (i32.store (i32.const 524) (i32.const 4096))
              (call $check (call $fd_read (i32.load (i32.const 512)) (i32.const 520) (i32.const 1) (i32.const 528)))
              (br_if $end (i32.eqz (i32.load (i32.const 528))))
              (i32.store (i32.const 524) (i32.load (i32.const 528)))
              (call $check (call $fd_write (i32.load (i32.const 516)) (i32.const 520) (i32.const 1) (i32.const 528)))
              (br $again)))
            {{end}}))
        """));
}
