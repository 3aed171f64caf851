using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Hostile.Tests.Http;

/// <summary>
/// Whatever a guest writes as a response, by whichever file, no field of it holds a line end, and none is there that the guest hid in another.
/// </summary>
public sealed class ResponseSplittingTests
{
    // What ends a line, somewhere, or ends a text.
    private static readonly string[] s_breaks = ["\r\n", "\n", "\r", "\0", "\r\n\r\n", "\n\t", "\r\n ", "\u0085", "\u2028", "\u010d\u010a", "\v", "\f"];

    public static TheoryData<string, string> Writes
    {
        get
        {
            var writes = new TheoryData<string, string>();
            foreach (var text in s_breaks)
            {
                writes.Add("response/headers/x-a", $"a{text}injected: yes");
                writes.Add("response/headers/x-a", $"{text}injected: yes");
                writes.Add("response/headers/location", $"/{text}{text}<script>");
                if (!text.Contains('\0', StringComparison.Ordinal)) writes.Add($"response/headers/x-a: b{text}injected", "yes");
                writes.Add("response/status", $"200{text}injected: yes");
                writes.Add("response/json", Headers($"\"x-a\":{Json($"a{text}injected: yes")}"));
                writes.Add("response/json", Headers($"\"x-b\":[\"a\",{Json($"{text}injected: yes")}]"));
                writes.Add("response/json", Headers($"{Json($"x-a: b{text}injected")}:\"yes\""));
            }

            // In a whole response, line ends are the guest's to write; what only looks like one is not.
            foreach (var text in s_breaks.Except(["\r\n", "\n", "\r\n\r\n"], StringComparer.Ordinal))
            {
                writes.Add("response/txt", $"HTTP/1.1 200 OK{text}injected: yes\r\n\r\n");
                writes.Add("response/txt", $"HTTP/1.1 200 OK\r\nx-a: b{text}injected: yes\r\n\r\n");
                writes.Add("response/txt", $"HTTP/1.1 200 OK\r\nx-a{text}injected: yes\r\n\r\n");
            }

            return writes;
        }
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task Response_WithALineEndInside_IsRefusedOrHarmless(string path, string content)
    {
        await using var host = new TestHost(options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadTextAsync(Writer(path, content));

        try
        {
            await using var response = await host.Host.InvokeAsync(module, new InvocationRequest()).WaitAsync(TestHost.Patience);
            response.Headers.Select(static field => field.Key).Should().NotContain("injected");
            string.Concat(response.Headers.Select(static field => field.Key + field.Value)).Should().NotContainAny("\r", "\n", "\0");
            await response.Completion.WaitAsync(TestHost.Patience);
        }
        catch (GuestResponseException)
        {
            // Refused: nothing of it was sent.
        }
    }

    private static string Headers(string fields) => "{\"headers\":{" + fields + "}}";

    private static string Json(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    // Creates the file, writes the content, closes it, and then the body; exits with 0 whatever came of it.
    private static string Writer(string path, string content) => $$"""
        (module
          (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 1024) "{{Escape(path)}}")
          (data (i32.const 4096) "{{Escape(content)}}")
          (data (i32.const 8192) "response/body")
          (func $make (param $path i32) (param $length i32) (param $content i32) (param $bytes i32)
            (if (call $open (i32.const 3) (i32.const 0) (local.get $path) (local.get $length) (i32.const 1) (i64.const 0x40) (i64.const 0) (i32.const 0)
              (i32.const 0))
              (then (return)))
            (i32.store (i32.const 8) (local.get $content))
            (i32.store (i32.const 12) (local.get $bytes))
            (drop (call $write (i32.load (i32.const 0)) (i32.const 8) (i32.const 1) (i32.const 4)))
            (drop (call $close (i32.load (i32.const 0)))))
          (func (export "_start")
            (call $make (i32.const 1024) (i32.const {{Encoding.UTF8.GetByteCount(path)}}) (i32.const 4096) (i32.const {{Encoding.UTF8.GetByteCount(content)}}))
            (call $make (i32.const 8192) (i32.const 13) (i32.const 8192) (i32.const 1))))
        """;

    private static string Escape(string text) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(static unit => string.Create(CultureInfo.InvariantCulture, $"\\{unit:x2}")));
}
