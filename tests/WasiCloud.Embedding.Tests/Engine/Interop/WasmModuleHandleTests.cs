using FluentAssertions;
using WasiCloud.Embedding.Engine.Interop;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Interop;

public sealed class WasmModuleHandleTests
{
    private const string Answer = """(module (func (export "answer") (result i32) (i32.const 42)))""";

    [Fact]
    public void TryCompile_OfGarbage_ReturnsTheReason()
    {
        using var engine = RawInstance.CreateEngine();

        WasmModuleHandle.TryCompile(engine, "not wasm"u8, out var module, out var error).Should().BeFalse();

        module.Should().BeNull();
        error!.Message.Should().Contain("magic header");
        error.Frames.Should().BeEmpty();
        error.ExitStatus.Should().BeNull();
    }

    [Fact]
    public void Validate_OfAnIllTypedBody_ReturnsTheReason()
    {
        using var engine = RawInstance.CreateEngine();

        var error = WasmModuleHandle.Validate(engine, TextFormatApi.Assemble("(module (func (result i32)))"u8));

        error!.Message.Should().Contain("type mismatch");
    }

    [Fact]
    public void ReadImports_OfEachKind_RendersModuleNameAndType()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, """
            (module
              (import "env" "foo" (func (param i32 i64) (result i32)))
              (import "env" "none" (func))
              (import "env" "two" (func (param f32) (result f64 i32)))
              (import "env" "memory" (memory 1 16))
              (import "env" "counter" (global (mut i32)))
              (import "env" "limit" (global i64))
              (import "env" "table" (table 1 funcref)))
            """);

        module.ReadImports().Select(import => import.ToString()).Should().Equal(
            "env.foo(i32, i64) -> i32",
            "env.none()",
            "env.two(f32) -> (f64, i32)",
            "env.memory: memory 1..16",
            "env.counter: global mut i32",
            "env.limit: global i64",
            "env.table: table (ref null func)");
    }

    [Fact]
    public void ReadExports_OfTypesThatAbortInTheGenericApi_RendersThem()
    {
        using var engine = RawInstance.CreateEngine(config =>
        {
            WasmFeatureApi.SetMemory64(config, enabled: true);
            WasmFeatureApi.SetFunctionReferences(config, enabled: true);
            WasmFeatureApi.SetGarbageCollection(config, enabled: true);
            WasmFeatureApi.SetExceptions(config, enabled: true);
        });
        using var module = RawInstance.Compile(engine, """
            (module
              (type $f (func))
              (func (export "vector") (param v128 externref (ref null any) (ref func) (ref null $f)))
              (memory (export "memory") i64 1)
              (table (export "table") i64 1 0x100000000000 externref)
              (tag (export "tag")))
            """);

        module.ReadExports().Select(export => export.ToString()).Should().Equal(
            "vector(v128, (ref null extern), (ref null any), (ref func), (ref null type func))",
            "memory: memory64 1..",
            "table: table (ref null extern)",
            "tag: tag");
    }

    [Fact]
    public void FunctionType_WithTheSameTypes_IsEqual()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, """
            (module
              (import "a" "x" (func (param i32) (result i64)))
              (import "b" "y" (func (param i32) (result i64)))
              (import "b" "z" (func (param i64) (result i32))))
            """);

        var types = module.ReadImports().Select(import => import.Type).ToArray();

        types[0].Should().Be(types[1]).And.NotBe(types[2]);
        types[0].GetHashCode().Should().Be(types[1].GetHashCode());
    }

    [Fact]
    public void TryDeserialize_OfWhatWasSerialized_RestoresTheModule()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, Answer);
        using var artifact = module.Serialize();

        WasmModuleHandle.TryDeserialize(engine, artifact.GetSpan(), out var restored, out var error).Should().BeTrue(error?.Message);

        using (restored)
            restored!.ReadExports().Should().ContainSingle().Which.ToString().Should().Be("answer() -> i32");
    }

    [Fact]
    public void TryDeserializeFile_OfWhatWasSerialized_RestoresTheModule()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, Answer);
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + "-ä");
        using (var artifact = module.Serialize())
            File.WriteAllBytes(path, artifact.GetSpan().ToArray());

        WasmModuleHandle.TryDeserializeFile(engine, path, out var restored, out var error).Should().BeTrue(error?.Message);

        using (restored)
            restored!.ReadExports().Should().ContainSingle().Which.Name.Should().Be("answer");
        File.Delete(path);
    }

    [Fact]
    public void TryDeserialize_ByAnEngineOfOtherSettings_ReturnsTheReason()
    {
        using var engine = RawInstance.CreateEngine();
        using var other = RawInstance.CreateEngine(config => ConfigApi.SetEpochInterruption(config, enabled: true));
        using var module = RawInstance.Compile(engine, Answer);
        using var artifact = module.Serialize();

        WasmModuleHandle.TryDeserialize(other, artifact.GetSpan(), out _, out var error).Should().BeFalse();

        error!.Message.Should().Contain("epoch interruption");
    }

    [Fact]
    public void Serialize_AfterDispose_ThrowsOnAccess()
    {
        using var engine = RawInstance.CreateEngine();
        using var module = RawInstance.Compile(engine, Answer);
        var artifact = module.Serialize();
        ((IDisposable)artifact).Dispose();

        artifact.Invoking(a => a.GetSpan().Length).Should().Throw<ObjectDisposedException>();
    }
}
