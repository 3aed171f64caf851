using System.Text;
using FluentAssertions;
using WasiCloud.Tool.Inspection;
using Xunit;

namespace WasiCloud.Tool.Tests.Inspection;

public class OutlineReaderTests
{
    private static readonly byte[] Header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

    [Theory]
    [InlineData("", 0)]
    [InlineData("00617362", 0)]
    [InlineData("0061736D", 4)]
    [InlineData("0061736D02000000", 4)]
    [InlineData("0061736D0100000001", 9)]
    [InlineData("0061736D010000000105", 9)] // A section of 5 bytes, of which none are there.
    [InlineData("0061736D0100000001FFFFFFFF7F", 13)] // A length of more than 32 bits.
    [InlineData("0061736D010000000105FFFFFFFF0F", 10)] // 2^32 - 1 types in the 0 bytes that remain.
    [InlineData("0061736D01000000010201FF", 12)] // An unknown type.
    [InlineData("0061736D0100000002060101610162FF", 15)] // An unknown kind of import.
    [InlineData("0061736D010000000207010161016200FF", 17)] // A type's index without an end.
    [InlineData("0061736D010000000207010161016200" + "05", 16)] // A type that does not exist.
    [InlineData("0061736D01000000070401" + "01FF00", 12)] // A name that is not UTF-8.
    [InlineData("0061736D010000000E00", 8)] // An unknown section.
    public void Read_Malformed_NamesTheOffset(string hex, long offset)
    {
        var outline = OutlineReader.Read(Convert.FromHexString(hex));
        outline.Problem!.Offset.Should().Be(offset, outline.Problem.Message);
    }

    [Fact]
    public void Read_EveryPrefixOfAModule_NeverFailsOtherwise()
    {
        var wasm = File.ReadAllBytes(ToolProcess.Guest("missing_imports"));
        for (var length = 0; length < wasm.Length; length++)
        {
            var problem = OutlineReader.Read(wasm.AsMemory(0, length)).Problem;
            if (problem is not null) problem.Offset.Should().BeLessThanOrEqualTo(length);
        }
    }

    // Fixed seed: the same bytes every time.
    [Fact]
    public void Read_DamagedModules_NeverFailOtherwise()
    {
        var random = new Random(1);
        var original = File.ReadAllBytes(ToolProcess.Guest("fault"))[..2000];
        for (var round = 0; round < 5000; round++)
        {
            var wasm = original.ToArray();
            for (var change = 0; change < 3; change++) wasm[random.Next(8, wasm.Length)] = (byte)random.Next(256);
            OutlineReader.Read(wasm).Problem?.Offset.Should().BeInRange(0, wasm.Length);
        }
    }

    [Fact]
    public void Read_Producers_TellLanguageAndTools()
    {
        byte[] content = [.. Text("producers"), 2, .. Text("language"), 1, .. Text("Rust"), .. Text(""), .. Text("processed-by"), 1, .. Text("rustc"),
            .. Text("1.90.0")];
        var outline = OutlineReader.Read(Module(0, content));
        outline.Problem.Should().BeNull();
        outline.Producers.Should().Equal(("language", "Rust", ""), ("processed-by", "rustc", "1.90.0"));
        ModuleNeeds.LanguageOf(outline).Should().Be("Rust");
        outline.CustomSections.Should().Equal(("producers", content.Length));
    }

    [Fact]
    public void Read_MalformedProducers_IsNoProblem()
    {
        var outline = OutlineReader.Read(Module(0, [.. Text("producers"), 9, 9]));
        outline.Problem.Should().BeNull();
        outline.CustomSections.Should().ContainSingle();
    }

    [Fact]
    public void Read_NameSection_TellsTheModulesName() =>
        OutlineReader.Read(Module(0, [.. Text("name"), 0, 6, .. Text("hello")])).Name.Should().Be("hello");

    [Fact]
    public void Read_SharedMemory_NeedsThreads()
    {
        var outline = OutlineReader.Read(Module(5, [1, 3, 1, 2]));
        outline.Memories.Should().Equal("at least 1, at most 2 pages of 64 KiB, shared");
        outline.Features.Should().Equal("threads");
    }

    [Fact]
    public void Read_VectorsInSignatures_NeedSimd() => OutlineReader.Read(Module(1, [1, 0x60, 1, 0x7b, 0])).Features.Should().Equal("SIMD");

    [Fact]
    public void Read_StructTypes_NeedGarbageCollection() => OutlineReader.Read(Module(1, [1, 0x5f, 0])).Features.Should().Equal("garbage collection");

    [Fact]
    public void Read_Tags_NeedExceptions() => OutlineReader.Read(Module(13, [1, 0, 0])).Features.Should().Equal("exceptions");

    [Fact]
    public void Read_Component_ListsCustomSectionsOnly()
    {
        byte[] wasm = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0, 1, 2, 0xff, 0xff, 0, 5, .. Text("abcd")];
        var outline = OutlineReader.Read(wasm);
        outline.Problem.Should().BeNull();
        outline.IsComponent.Should().BeTrue();
        outline.CustomSections.Should().Equal(("abcd", 5));
    }

    [Fact]
    public void Describe_HostileNames_HaveNoControlCharacters()
    {
        var output = new StringWriter();
        var outline = OutlineReader.Read(Module(7, [1, .. Text("\x1b[2J\t\n\u202e"), 0, 0]));
        ModuleReport.Describe(outline, "x.wasm", 1).Print(output, isTerminal: false);
        output.ToString().Should().Contain("export\t\\u{1b}[2J\\u{9}\\u{a}\\u{202e}\tfunc\n");
    }

    private static byte[] Text(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    private static byte[] Module(byte section, byte[] content) => [.. Header, section, (byte)content.Length, .. content];
    [Fact]
    public void Describe_LongNames_AreCut()
    {
        var (outline, name, output) = (new ModuleOutline { Name = "\u202e" + new string('n', 1_000_000) }, new string('x', 1_000_000), new StringWriter());
        outline.Imports.Add((name, name, "()"));
        outline.Imports.Add(("wasi_snapshot_preview1", name, "()"));
        outline.Exports.Add((name, "function"));
        outline.CustomSections.Add((name, 1));
        outline.Producers.Add((name, name, name));
        outline.Features.Add(name);
        outline.Paths.Add("/" + name);

        ModuleReport.Describe(outline, "x.wasm", 1).Print(output, isTerminal: false);

        output.ToString().Should().Contain("\\u{202e}nnn").And.Contain("\u2026 (1000000 characters)").And.NotContain("\u202e");
        output.ToString().Length.Should().BeLessThan(4_000);
    }

}
