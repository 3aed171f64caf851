namespace WasiCloud.Embedding.Tests.Hosting.Imports;

/// <summary>Guests that call <c>env.wait(address, length) -> i32</c>.</summary>
internal static class WaitingGuests
{
    /// <summary>Calls it once with the text <c>hello</c>, and traps unless it returns 7.</summary>
    public const string Command = """
        (module
          (import "env" "wait" (func $wait (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "hello")
          (func (export "_start") (if (i32.ne (call $wait (i32.const 8) (i32.const 5)) (i32.const 7)) (then unreachable))))
        """;

    public const string Reactor = """
        (module
          (import "env" "wait" (func $wait (param i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 8) "hello")
          (func (export "idle") (result i32) (i32.const 1))
          (func (export "go") (param i32 i32) (result i32) (call $wait (local.get 0) (local.get 1))))
        """;
}
