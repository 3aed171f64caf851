using System.Globalization;
using System.Text;
using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Tool.Tests;

/// <summary>What a module can say through the terminal of whoever looks at it or runs it.</summary>
public sealed class HostileTextTests : IDisposable
{
    // ESC [ 2 J, RIGHT-TO-LEFT OVERRIDE, LINE SEPARATOR, ZERO WIDTH SPACE, CR and LF, as the text format writes them.
    private const string Hostile = @"\1b[2J\e2\80\ae\e2\80\a8\e2\80\8b\0d\0aforged: line";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inspect_ModuleWithHostileNamesEverywhere_ShowsEscapesAndForgesNoLine()
    {
        var path = Assemble($$"""
            (module $m (@name "{{Hostile}}")
              (import "{{Hostile}}i" "{{Hostile}}f" (func))
              (memory (export "memory") 1)
              (data (i32.const 0) "/beta/kv\1b[2J")
              (func $f (@name "{{Hostile}}") (export "_start"))
              (export "{{Hostile}}e" (func $f))
              (@custom "{{Hostile}}c" "x"))
            """);

        var result = await ToolProcess.InvokeAsync("inspect", path);

        result.ExitCode.Should().Be(1);
        ShouldBeHarmless(result.Output + result.Error);
        result.Output.Should().Contain(@"\u{1b}[2J\u{202e}\u{2028}\u{200b}\u{d}\u{a}forged: linee").And.Contain("import\t").And.Contain("custom section\t");
        result.Output.Split('\n').Should().NotContain(line => line.StartsWith("forged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Inspect_100000Imports_IsBounded()
    {
        var text = new StringBuilder("(module ");
        for (var index = 0; index < 100_000; index++) text.Append(CultureInfo.InvariantCulture, $"(import \"m{index}\" \"f\" (func))");
        var path = Assemble(text.Append("(memory (export \"memory\") 1) (func (export \"_start\")))").ToString());

        var result = await ToolProcess.InvokeAsync("inspect", path);

        result.Output.Split('\n').Count(line => line.StartsWith("import\t", StringComparison.Ordinal)).Should().Be(10_001);
        result.Output.Should().Contain("import\tand 90000 more\n").And.MatchRegex("runs\tno: [^\n]*m19[^\n]* more");
        result.Output.Length.Should().BeLessThan(1_000_000);
    }

    [Fact]
    public async Task Run_TrapInAFunctionWithAHostileName_ShowsEscapes()
    {
        var path = Assemble($$"""
            (module (memory (export "memory") 1) (func $called (@name "{{Hostile}}") unreachable) (func (export "_start") (call $called)))
            """);

        var result = await ToolProcess.RunAsync(path);

        ShouldBeHarmless(result.Error);
        result.Error.Should().Contain(@"\u{1b}[2J");
        result.Error.Split('\n').Should().NotContain(line => line.StartsWith("forged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_TracedCallWithAHostilePath_ShowsEscapes()
    {
        var path = Assemble($$"""
            (module
              (import "wasi_snapshot_preview1" "path_create_directory" (func $mkdir (param i32 i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 16) "{{Hostile}}")
              (func (export "_start") (drop (call $mkdir (i32.const 3) (i32.const 16) (i32.const 28)))))
            """);

        var result = await ToolProcess.RunAsync("--trace", "--mem", "/", path);

        ShouldBeHarmless(result.Error);
        result.Error.Should().Contain(@"\u{1b}[2J\u{202e}");
        result.Error.Split('\n').Should().NotContain(line => line.StartsWith("forged", StringComparison.Ordinal));
    }

    private static void ShouldBeHarmless(string text) =>
        text.Where(character => character is not ('\n' or '\t') && (char.IsControl(character)
            || char.GetUnicodeCategory(character) is UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator)).Should().BeEmpty();

    private string Assemble(string text) => _folder.Write("hostile.wasm", TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text)));
}
