using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

public sealed class ImportInspectionTests
{
    [Fact]
    public async Task Load_UnknownImportAndCodeThatIsInvalid_IsRefusedBeforeItIsCompiled()
    {
        // The compiler would find the code first.
        var wasm = TestHost.Assemble("""
            (module (import "env" "foo" (func (param i32 f64) (result i64))) (memory (export "memory") 1) (func (export "_start") (nop) (nop)))
            """);
        wasm[^2] = 0xFF;

        var failure = await FailAsync(wasm);

        failure.Message.Should().Be("The module imports what this host does not offer: env.foo(i32, f64) -> i64.");
    }

    [Fact]
    public async Task Load_KnownImportWithAnotherSignature_IsRefusedBeforeItIsCompiled()
    {
        var wasm = TestHost.Assemble("""
            (module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64))) (memory (export "memory") 1) (func (export "_start") (nop) (nop)))
            """);
        wasm[^2] = 0xFF;

        (await FailAsync(wasm)).Message.Should().Be("The module imports what this host does not offer: wasi_snapshot_preview1.proc_exit(i64).");
    }

    [Fact]
    public async Task Load_ManyImportsWithLongAndHarmfulNames_SaysLittleAndNothingHarmful()
    {
        var text = new StringBuilder("(module ");
        for (var index = 0; index < 500; index++)
            text.Append(CultureInfo.InvariantCulture, $"(import \"e\\0a\\e2\\80\\ae{new string('x', 50_000)}\" \"f{index}\" (func))");
        var wasm = TestHost.Assemble(text.Append("""(memory (export "memory") 1) (func (export "_start")))""").ToString());

        var failure = await FailAsync(wasm);

        failure.Message.Length.Should().BeLessThan(6_000);
        failure.Message.Should().StartWith("The module imports what this host does not offer: e\\u{a}\\u{202e}xxx")
            .And.Contain("… (50003 characters)").And.EndWith(" and 480 more.");
        failure.Message.Should().NotContain("\n").And.NotContain("\u202e");
    }

    [Fact]
    public async Task Load_CompilerQuotesALongName_IsCut()
    {
        var name = new string('n', 90_000);
        var wasm = TestHost.Assemble($"""
            (module (memory (export "memory") 1) (func (export "_start")) (func (export "{name}")) (func (export "{name[1..]}m")))
            """);

        // The second becomes the first.
        wasm.AsSpan().IndexOf(Encoding.UTF8.GetBytes(name[1..] + "m")).Should().BePositive();
        wasm[wasm.AsSpan().LastIndexOf((byte)'m')] = (byte)'n';

        (await FailAsync(wasm)).Message.Length.Should().BeLessThan(1_200);
    }

    private static async Task<InvalidGuestModuleException> FailAsync(byte[] wasm)
    {
        await using var host = new TestHost();
        return (await host.Awaiting(it => it.Host.LoadAsync(wasm, "module").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>()).Which;
    }
}
