using System.IO.Pipelines;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Engine;
using WasiCloud.Embedding.Engine.Execution;
using WasiCloud.Embedding.Engine.Fibers;
using WasiCloud.Embedding.Engine.Interop;
using WasiCloud.Embedding.Preview1;
using WasiCloud.Embedding.Tests.Hosting;
using Xunit;

namespace WasiCloud.Embedding.Tests.Engine.Fibers;

/// <summary>Alone, because engines of other tests that come and go can take the place that fibers need, and then guests run on threads.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class GuestFibersCollection
{
    public const string Name = "fibers";
}

[Collection(GuestFibersCollection.Name)]
public class GuestFibersTests
{
    [Fact]
    public async Task Invoke_GuestThatWaits_GivesTheCallersThreadBack()
    {
        await using var host = CreateHost();
        var module = await host.LoadGuestAsync("echo");
        var body = new Pipe();

        // It could not come back here otherwise: the guest waits for what is written below.
        var invocation = host.Host.InvokeAsync(module, new InvocationRequest { Method = "POST", Body = body.Reader });
        await body.Writer.WriteAsync(Encoding.UTF8.GetBytes("hello"));
        await body.Writer.CompleteAsync();

        await using var response = await invocation.WaitAsync(TestHost.Patience);
        using var content = new MemoryStream();
        await response.Body.CopyToAsync(content).WaitAsync(TestHost.Patience);
        Encoding.UTF8.GetString(content.ToArray()).Should().Be("hello");
    }

    [Fact]
    public async Task Invoke_ManyGuestsThatWait_AllGoOn()
    {
        const int Guests = 500;
        await using var host = CreateHost(options => options.MaxConcurrentInvocations = Guests);
        var module = await host.LoadGuestAsync("echo");
        var bodies = Enumerable.Range(0, Guests).Select(_ => new Pipe()).ToList();
        var invocations = bodies.Select(body => host.Host.InvokeAsync(module, new InvocationRequest { Method = "POST", Body = body.Reader })).ToList();

        for (var guest = 0; guest < Guests; guest++)
        {
            await bodies[guest].Writer.WriteAsync(Encoding.UTF8.GetBytes($"guest {guest}"));
            await bodies[guest].Writer.CompleteAsync();
        }

        for (var guest = 0; guest < Guests; guest++)
        {
            await using var response = await invocations[guest].WaitAsync(TestHost.Patience);
            using var content = new MemoryStream();
            await response.Body.CopyToAsync(content).WaitAsync(TestHost.Patience);
            Encoding.UTF8.GetString(content.ToArray()).Should().Be($"guest {guest}");
        }
    }

    [Fact]
    public async Task Invoke_GuestThatComputes_GivesTheCallersThreadBack()
    {
        await using var host = CreateHost();
        var module = await host.LoadTextAsync(ComputingGuests.Loop);
        using var cancellation = new CancellationTokenSource();

        var invocation = host.Host.InvokeAsync(module, new InvocationRequest(), cancellation.Token);

        invocation.IsCompleted.Should().BeFalse();
        await cancellation.CancelAsync();
        await invocation.Awaiting(it => it.WaitAsync(TestHost.Patience)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Invoke_GuestThatRunsThrough_EndsOnTheCallersThread()
    {
        var thread = 0;
        await using var host = CreateHost(build: builder => builder.AddImport("env", "note", [], [], _ => thread = Environment.CurrentManagedThreadId));
        var module = await host.LoadTextAsync("""
            (module (import "env" "note" (func $note)) (memory (export "memory") 1) (func (export "_start") (call $note)))
            """);

        // Not a thread of the pool: all of those may lie below the stacks, and would hand the guest over.
        using var home = new FiberHome();

        // A thread that another process keeps from running may be past a tick, and then the guest goes on elsewhere.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (await InvokeAtHomeAsync()) return;
        }

        Assert.Fail("no guest of a hundred ran where it was invoked");

        async Task<bool> InvokeAtHomeAsync()
        {
            thread = 0;
            var here = 0;
            var invoked = new TaskCompletionSource<Task<InvocationResponse>>(TaskCreationOptions.RunContinuationsAsynchronously);
            home.Post(() =>
            {
                here = Environment.CurrentManagedThreadId;
                invoked.SetResult(host.Host.InvokeAsync(module, new InvocationRequest()));
            });
            var invocation = await invoked.Task;
            var isHere = invocation.IsCompleted && thread == here;
            await using var response = await invocation;
            return isHere;
        }
    }

    [Fact]
    public async Task Import_Called_DoesNotRunOnTheFiber()
    {
        var hasStack = false;
        await using var host = CreateHost(build: builder =>
            builder.AddImport("env", "note", [], [], _ => hasStack = System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack()));
        var module = await host.LoadTextAsync("""
            (module (import "env" "note" (func $note)) (memory (export "memory") 1) (func (export "_start") (call $note)))
            """);

        await host.RunAsync(module);

        hasStack.Should().BeTrue("on a fiber, the runtime takes the thread's stack for exhausted");
    }

    [Fact]
    public async Task Run_OnAThreadBelowTheStacks_GoesOnAtHome()
    {
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8, WantsFibers: true), Preview1Functions.Table);
        using var module = await ModuleLoading.LoadEmptyAsync(engine);
        engine.Fibers.Should().NotBeNull();
        using var home = new FiberHome();

        // No thread lies above these, so what would enter a fiber is handed over, and refused there.
        var fibers = new GuestFibers(new FiberStacks(nint.MaxValue), home);
        await fibers.Awaiting(it => it.RunAsync(ModuleLoading.CreateStore(module), long.MaxValue, GuestStore.UnlimitedFuel))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*must not poll*");

        (await engine.Fibers!.RunAsync(ModuleLoading.CreateStore(module), long.MaxValue, GuestStore.UnlimitedFuel)).ExitCode
            .Should().Be(0, "the pool's place came back");
    }

    [Fact]
    public async Task Run_DuringCollections_KeepsEverythingAlive()
    {
        const int Clients = 4;
        const int Rounds = 100;
        const int StepsPerRound = 3;
        await using var host = CreateHost();
        var module = await host.LoadGuestAsync("json");

        // As many collections as steps were taken, so that they cannot keep each other from going on.
        using var steps = new SemaphoreSlim(0);
        var collector = Task.Run(async () =>
        {
            for (var step = 0; step < Clients * Rounds * StepsPerRound; step++)
            {
                await steps.WaitAsync(TestHost.Patience);
                GC.Collect(2, GCCollectionMode.Forced, blocking: true);
            }
        });

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var body = new Pipe();
                steps.Release();
                var invocation = host.Host.InvokeAsync(module, new InvocationRequest { Method = "POST", Body = body.Reader });
                steps.Release();
                await body.Writer.WriteAsync("""{"a":1}"""u8.ToArray());
                await body.Writer.CompleteAsync();
                steps.Release();
                await using var response = await invocation.WaitAsync(TestHost.Patience);
                response.StatusCode.Should().Be(200);
            }
        })).Append(collector));
    }

    [Fact]
    public void Engine_ThatCountsFuel_HasFibers()
    {
        using var engine = new WasmEngine(new EngineSettings(1 << 20, 10, 64 << 10, 8, CountsFuel: true, WantsFibers: true), Preview1Functions.Table);

        engine.Fibers.Should().NotBeNull();
    }

    private static TestHost CreateHost(Action<WasiCloudOptions>? configure = null, Action<IWasiCloudBuilder>? build = null) => new(
        options =>
        {
            options.Execution = GuestExecution.Fibers;
            configure?.Invoke(options);
        },
        build);
}
