using FluentAssertions;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Compilation;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Compilation;

/// <summary>Both ends of the conversation, in one process.</summary>
public class CompilerProgramTests
{
    private static readonly EngineSettings s_settings = new(32 << 20, 100, 128 << 10, MaxInstances: 40, CountsFuel: true, WantsFibers: true);

    [Fact]
    public void Answer_OfAnEngineWithoutFibersAndPool_LoadsInOneWithThem()
    {
        using var engine = new WasmEngine(s_settings, Preview1Functions.Table);

        var answer = Ask(new CompilerRequest(CompatibilityKey.Of(s_settings), s_settings, MaxBytes: 1 << 30, TestHost.ReadGuest("json")));

        answer.Result.Should().Be(CompilerResult.Compiled);
        using var artifact = answer.Artifact!;
        WasmModuleHandle.TryDeserializeFile(engine.Handle, FileApi.PathOf(artifact), out var module, out var error)
            .Should().BeTrue(error?.Message ?? string.Empty);
        using (module) module!.ReadExports().Should().Contain(export => export.Name == "_start");
    }

    [Fact]
    public void Request_ThatEndsEarly_IsNone()
    {
        using var whole = new MemoryStream();
        new CompilerRequest("key", s_settings, MaxBytes: 1, new byte[10]).WriteTo(whole);

        for (var length = 0; length < whole.Length; length++)
        {
            using var cut = new MemoryStream(whole.ToArray(), 0, length);
            CompilerRequest.TryReadFrom(cut, out _).Should().BeFalse();
        }
    }

    [Fact]
    public void Answer_ToAnotherVersion_SaysItsOwn()
    {
        var answer = Ask(new CompilerRequest("another", s_settings, MaxBytes: 1 << 30, TestHost.ReadGuest("empty")));

        (answer.Result, answer.Text).Should().Be((CompilerResult.Incompatible, CompatibilityKey.Of(s_settings)));
    }

    [Fact]
    public void Answer_ToWhatIsNoModule_IsTheCompilersMessage()
    {
        byte[] wasm = [.. "\0asm"u8, 1, 0, 0, 0, 99];

        var answer = Ask(new CompilerRequest(CompatibilityKey.Of(s_settings), s_settings, MaxBytes: 1 << 30, wasm));

        answer.Result.Should().Be(CompilerResult.Invalid);
        using var engine = new WasmEngine(s_settings with { WantsFibers = false }, Preview1Functions.Table);
        WasmModuleHandle.TryCompile(engine.Handle, wasm, out _, out var error).Should().BeFalse();
        answer.Text.Should().Be(error!.Message);
    }

    [Theory]
    [InlineData("memory allocation of 123 bytes failed", true)]
    [InlineData("failed to map code: Cannot allocate memory (os error 12)", true)]
    [InlineData("Out of memory.", true)]
    [InlineData("Unhandled exception. System.OutOfMemoryException: Insufficient memory", true)]
    [InlineData("thread '<unnamed>' panicked at cranelift: index out of bounds", false)]
    [InlineData("", false)]
    public void MemoryShortage_IsToldFromOtherMessages(string message, bool expected) => MemoryShortage.IsToldBy(message).Should().Be(expected);

    private static CompilerAnswer Ask(CompilerRequest request)
    {
        using var input = new MemoryStream();
        request.WriteTo(input);
        input.Position = 0;
        using var output = new MemoryStream();
        CompilerRequest.TryReadFrom(input, out var received).Should().BeTrue();
        CompilerProgram.Answer(received!, output, compiled: () => { });
        output.Position = 0;
        return CompilerAnswer.Read(output, maxArtifactBytes: int.MaxValue);
    }
}
