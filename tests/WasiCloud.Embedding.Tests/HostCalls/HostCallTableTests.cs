using FluentAssertions;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Engine;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.HostCalls;

public class HostCallTableTests
{
    private const string AsksTwice = """
        (module
          (import "other" "double" (func $double (param i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "_start") (if (i32.ne (call $double (i32.const 21)) (i32.const 42)) (then unreachable))))
        """;

    [Fact]
    public void Constructor_TwoFunctionsOfOneName_Throws() =>
        FluentActions.Invoking(() => new HostCallTable([Double("double"), Double("triple"), Double("double")]))
            .Should().Throw<ArgumentException>().WithMessage("There are two functions other.double.*");

    [Fact]
    public void Constructor_MoreParametersThanACallHolds_Throws()
    {
        var parameters = Enumerable.Range(0, CallArguments.MaxCount + 1).Select(index => HostCallParameter.I32("p" + index));
        var signature = new HostCallSignature("other", "many", parameters, returnsErrno: true);
        var function = new HostFunction<OtherContext>(signature, (_, in _) => Errno.Success, pending: null);
        FluentActions.Invoking(() => new HostCallTable([function])).Should().Throw<ArgumentException>().WithMessage("other.many has more than 9 parameters.*");
    }

    [Fact]
    public void Find_ModuleAndName_IsThatFunction()
    {
        Preview1Functions.Table.Find("wasi_unstable", "fd_seek")!.Signature.ToString().Should().Be("wasi_unstable.fd_seek");
        Preview1Functions.Table.Find("wasi_unstable", "sock_accept").Should().BeNull();
    }

    // An ABI that is not preview1, on the same engine: nothing of preview1 is needed, or there.
    [Fact]
    public async Task Engine_WithAnotherTable_OffersThatAndNothingElse()
    {
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 2), new HostCallTable([Double("double")]));
        using var module = await ModuleLoading.LoadAsync(engine, TestHost.Assemble(AsksTwice), "asks");
        var store = new GuestStore(module, new OtherContext(), CancellationToken.None);

        var outcome = await engine.Threads.RunAsync(store, deadline: long.MaxValue);

        outcome.ExitCode.Should().Be(0);
        await FluentActions.Awaiting(() => ModuleLoading.LoadAsync(engine, TestHost.ReadGuest("echo"), "echo"))
            .Should().ThrowAsync<InvalidGuestModuleException>().WithMessage("*wasi_snapshot_preview1.*");
        await engine.Threads.DisposeAsync();
    }

    [Fact]
    public async Task Store_ContextOfAnotherAbi_IsRefusedBeforeItsFirstCall()
    {
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 2), Preview1Functions.Table);
        using var module = await ModuleLoading.LoadEmptyAsync(engine);
        var store = new GuestStore(module, new OtherContext(), CancellationToken.None);

        await FluentActions.Awaiting(() => engine.Threads.RunAsync(store, deadline: long.MaxValue).AsTask())
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*need a Preview1Context; the guest has a OtherContext.");
        await engine.Threads.DisposeAsync();
    }

    // As a function without an errno would: its "errno" is a number.
    private static HostFunction<OtherContext> Double(string name) => new(
        new HostCallSignature("other", name, [HostCallParameter.I32("value")], returnsErrno: true),
        (_, in arguments) => (Errno)(2 * arguments.U32(0)),
        pending: null);

    private sealed class OtherContext() : HostCallContext(new NoDiagnostics())
    {
        public override string CurrentPath => string.Empty;

        public override void RevokeBuffers()
        {
        }
    }

    private sealed class NoDiagnostics : IGuestDiagnostics
    {
        public void HostCallFailed(string function, string path, Exception exception) => throw new InvalidOperationException(function, exception);
    }
}
