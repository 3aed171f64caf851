using System.Globalization;
using System.Text;
using FluentAssertions;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

// Calls that run the guest on the test's own thread are what is tested.
#pragma warning disable VSTHRD103

public class ModuleDescriptionTests
{
    [Fact]
    public async Task Exports_OfEachKind_HaveNameKindAndType()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""
            (module
              (memory (export "memory") 1 16)
              (table (export "table") 1 funcref)
              (global (export "constant") i64 (i64.const 7))
              (global (export "variable") (mut f32) (f32.const 0))
              (func (export "tick") (param f32 i64) (result i32 f64) (i32.const 0) (f64.const 0))
              (func (export "nothing"))
              (func (export "exotic") (param v128 funcref externref) (result externref) (local.get 2)))
            """);

        module.Exports.Select(export => export.ToString()).Should().Equal(
            "memory: memory 1..16",
            "table: table (ref null func)",
            "constant: global i64",
            "variable: global mut f32",
            "tick: (f32, i64) -> (i32, f64)",
            "nothing: ()",
            "exotic: (v128, funcref, externref) -> externref");
        module.Exports.Select(export => export.Type.Kind).Should().Equal(
            GuestExternKind.Memory, GuestExternKind.Table, GuestExternKind.Global, GuestExternKind.Global,
            GuestExternKind.Function, GuestExternKind.Function, GuestExternKind.Function);
        var tick = module.Exports.Single(export => export.Name == "tick");
        tick.Type.Signature.Should().Be(new GuestSignature([GuestValueType.F32, GuestValueType.I64], [GuestValueType.I32, GuestValueType.F64]));
        module.Exports[0].Type.Signature.Should().BeNull();
        module.Exports[6].Type.Signature!.Parameters.Should().Equal(GuestValueType.V128, GuestValueType.FuncRef, GuestValueType.ExternRef);
        module.Exports.Should().Equal(module.Exports, "the values are equal, read twice");
    }

    [Fact]
    public async Task Imports_OfTheHostAndOfNobody_AreListed()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync(
            """
            (module
              (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
              (import "browser" "alert" (func (param externref v128)))
              (memory (export "memory") 1)
              (func (export "f")))
            """,
            new GuestModuleOptions { TrapUnknownImports = true });

        module.Imports.Select(import => import.ToString()).Should().Equal(
            "wasi_snapshot_preview1.fd_write: (i32, i32, i32, i32) -> i32", "browser.alert: (externref, v128)");
        module.Imports[1].Should().Be(new GuestModuleImport("browser", "alert", module.Imports[1].Type));
    }

    [Fact]
    public async Task Exports_OfACommand_AreListedWithoutRunningIt()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""(module (memory (export "memory") 1) (func (export "_start") unreachable))""");

        module.Exports.Select(export => export.ToString()).Should().Equal("memory: memory 1..", "_start: ()");
        module.Imports.Should().BeEmpty();
    }

    [Fact]
    public async Task Exports_OfADisposedModule_AreRefused()
    {
        await using var host = new TestHost();
        var module = await host.LoadTextAsync("""(module (func (export "f")) (func (export "g") (param v128)))""");
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());

        module.Dispose();

        module.Invoking(it => it.Exports).Should().Throw<ObjectDisposedException>();
        module.Invoking(it => it.Imports).Should().Throw<ObjectDisposedException>();

        // Instances live on, with their functions.
        instance.GetAction("f").Call();
        instance.Invoking(it => it.GetFunction("x")).Should().Throw<KeyNotFoundException>().WithMessage("*it exports: f, g.");
        instance.Invoking(it => it.GetFunction("g")).Should().Throw<NotSupportedException>();
    }

    [Fact]
    public async Task Exports_WithNamesThatForgeALog_AreShownEscaped()
    {
        string[] names = ["a\0b", "evil\nINFO ok", "\u202Etxt.exe", "\uFFFD", "\U0001F980", ""];
        var exports = string.Concat(names.Select(name => $"(export \"{Escape(name)}\" (func $f))"));
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($"""(module (func $f (result i32) (i32.const 7)) {exports})""");
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());

        module.Exports.Select(export => export.Name).Should().Equal(names, "a program gets the names as they are");
        module.Exports.Select(export => export.ToString()).Should().Equal(
            @"a\u{0}b: () -> i32", @"evil\u{a}INFO ok: () -> i32", @"\u{202e}txt.exe: () -> i32", "\uFFFD: () -> i32", "\U0001F980: () -> i32",
            ": () -> i32");
        foreach (var name in names) instance.GetFunction<int>(name).Call().Should().Be(7);
        var failure = instance.Invoking(it => it.GetFunction<float>("\u202Etxt.exe")).Should().Throw<GuestSignatureException>().Which;
        failure.Message.Should().Be(@"The guest's function '\u{202e}txt.exe' is () -> i32, not () -> f32.");

        // Half of a surrogate pair is not the character that stands for it.
        instance.Invoking(it => it.GetFunction("\uD800")).Should().Throw<KeyNotFoundException>().WithMessage(@"*no function '\u{d800}'*");
        instance.TryGetFunction("\uDFFF", out _).Should().BeFalse();
    }

    [Fact]
    public async Task Load_NameThatIsNoText_IsRefused()
    {
        await using var host = new TestHost();
        var wasm = TestHost.Assemble("""(module (func (export "XYZ")))""");
        wasm[wasm.AsSpan().IndexOf("XYZ"u8)] = 0xFF;

        await host.Awaiting(it => it.Host.LoadAsync(wasm, "bad").AsTask()).Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*UTF-8*");
    }

    [Fact]
    public async Task Exports_OneHundredThousand_AreListedAndFound()
    {
        const int Count = 100_000;
        var exports = new StringBuilder();
        for (var number = 0; number < Count; number++) exports.Append(CultureInfo.InvariantCulture, $"(export \"f{number}\" (func $f))");
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($"""(module (func $f (param i32) (result i32) (local.get 0)) {exports})""");
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());

        module.Exports.Should().HaveCount(Count);
        module.Exports[^1].ToString().Should().Be("f99999: (i32) -> i32");
        module.Exports[0].Type.Should().BeSameAs(module.Exports[^1].Type, "what is the same is there once");
        instance.GetFunction<int, int>("f99999").Call(5).Should().Be(5);
        var failure = instance.Invoking(it => it.GetFunction("f100000")).Should().Throw<KeyNotFoundException>().Which;
        failure.Message.Should().EndWith("f98, f99.").And.Subject.Length.Should().BeLessThan(1000);
    }

    // The engine lets the types of all exports have a million values together.
    [Fact]
    public async Task Exports_OfManyParameters_ArePassedAndDescribed()
    {
        const int Count = 900;
        var exports = new StringBuilder();
        for (var number = 0; number < Count; number++) exports.Append(CultureInfo.InvariantCulture, $"(export \"f{number}\" (func $f))");
        var parameters = string.Concat(Enumerable.Repeat(" i32", 1000));
        await using var host = new TestHost();
        var module = await host.LoadTextAsync($"""(module (func $f (param{parameters}) (result i32) (local.get 999)) {exports})""");
        await using var instance = await host.Host.StartAsync(module, new InvocationRequest());
        var arguments = Enumerable.Range(0, 1000).Select(number => (GuestValue)number).ToArray();

        instance.GetFunction("f899").Call(arguments).ToInt32().Should().Be(999);
        (await instance.GetFunction("f0").CallAsync(arguments))[0].ToInt32().Should().Be(999);

        var failure = instance.Invoking(it => it.GetFunction<int, int>("f1")).Should().Throw<GuestSignatureException>().Which;
        failure.Message.Length.Should().BeLessThan(500);
        failure.Actual.Parameters.Should().HaveCount(1000);
        module.Exports.Should().HaveCount(Count);
        module.Exports[0].Type.Should().BeSameAs(module.Exports[^1].Type);
        module.Exports[0].ToString().Length.Should().BeLessThan(300);
    }

    private static string Escape(string name) => string.Concat(Encoding.UTF8.GetBytes(name).Select(value => $"\\{value:x2}"));
}
