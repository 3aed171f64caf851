using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>Guests that compute for ever, each in its way, and one that counts.</summary>
internal static class ComputingGuests
{
    public const string Loop = """(module (memory (export "memory") 1) (func (export "_start") (loop (br 0))))""";

    /// <summary>A reactor whose <c>count</c> counts from an <c>i32</c> down to 0.</summary>
    public const string Counts = """
        (module (memory (export "memory") 1)
          (func (export "count") (param i32) (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (local.get 0)))))
        """;

    /// <summary>A daemon that accepts one request, or is told that none comes, and then loops.</summary>
    public const string AcceptsAndLoops = """
        (module
          (import "wasi_snapshot_preview1" "sock_accept" (func $accept (param i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start") (drop (call $accept (i32.const 3) (i32.const 0) (i32.const 0))) (loop $for_ever (br $for_ever))))
        """;

    // Computes a little and asks for a wait of 1 ns.
    private static readonly string s_naps = GuestText.Command("test/file", """
        (local $count i32)
        (i32.store8 (i32.const 3088) (i32.const 0)) (i32.store (i32.const 3096) (i32.const 1)) (i64.store (i32.const 3104) (i64.const 1))
        (loop $again
          (local.set $count (i32.const 100000))
          (loop $compute (local.set $count (i32.sub (local.get $count) (i32.const 1))) (br_if $compute (local.get $count)))
          (drop (call $poll_oneoff (i32.const 3080) (i32.const 3200) (i32.const 1) (i32.const 3300)))
          (br $again))
        """);

    private static readonly string s_writes =
        GuestText.Command("dev/null", "(call $open_for (i32.const 0) (i64.const 0x40)) (loop $again (call $write) (br $again))");

    /// <summary>The names that <see cref="TextOf"/> knows.</summary>
    public static TheoryData<string> Hogs => new("loops", "naps", "writes");

    public static string TextOf(string hog) => hog switch
    {
        "loops" => Loop,
        "naps" => s_naps,
        "writes" => s_writes,
        _ => throw new ArgumentOutOfRangeException(nameof(hog), hog, message: null),
    };
}
