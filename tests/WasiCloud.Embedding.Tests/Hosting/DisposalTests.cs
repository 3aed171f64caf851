using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.FileSystem;
using Xunit;

namespace WasiCloud.Embedding.Tests.Hosting;

public sealed class DisposalTests : IDisposable
{
    private readonly Gate _gate = new();

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task DisposeHost_WithGuestsInFlight_CancelsThem()
    {
        using var second = new Gate();
        var mount = new TestMount { OnRead = _gate.PassAsync, OnClose = (_, _) => new(Errno.Success) };
        var host = CreateHost(mount, options => options.MaxConcurrentInvocations = 3);
        var waits = await host.LoadTextAsync(GuestText.ReadGate);
        var loops = await host.LoadGuestAsync("loop");
        Task[] runs = [host.RunAsync(waits), host.RunAsync(waits), host.RunAsync(loops), host.RunAsync(waits)];
        await _gate.ArrivedAsync(2);

        await host.DisposeAsync();

        foreach (var run in runs) await FluentActions.Awaiting(() => run).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task DisposeHost_Synchronously_CancelsGuestsToo()
    {
        await using var host = CreateHost(_gate.Mount);
        var run = host.RunAsync(await host.LoadTextAsync(GuestText.ReadGate));
        await _gate.ArrivedAsync();

        await Task.Run(((IDisposable)host.Host).Dispose);

        await FluentActions.Awaiting(() => run).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task DisposeHost_DisposesMountsAfterTheLastGuest()
    {
        var mount = new DisposableMount();
        var host = new TestHost(build: builder => builder.AddMount("/test", FileAccess.Read, _ => mount));
        await host.RunAsync(await host.LoadGuestAsync("empty"));

        await host.DisposeAsync();

        mount.IsDisposed.Should().BeTrue();
    }

    [Fact]
    public async Task DisposedHost_RefusesInvocationsAndModules()
    {
        var host = CreateHost(_gate.Mount);
        var module = await host.LoadGuestAsync("empty");
        await host.DisposeAsync();

        await host.Awaiting(it => it.Host.InvokeAsync(module, new InvocationRequest())).Should().ThrowAsync<ObjectDisposedException>();
        await host.Awaiting(it => it.LoadGuestAsync("empty")).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task DisposeModule_WithGuestsThatRunAndWait_LetsThemFinishAndRefusesOthers()
    {
        await using var host = CreateHost(_gate.Mount, options => options.MaxConcurrentInvocations = 1);
        var module = await host.LoadTextAsync(GuestText.ReadGate);
        var running = host.RunAsync(module);
        await _gate.ArrivedAsync();
        var queued = host.RunAsync(module);

        module.Dispose();
        _gate.Open();

        (await running).ExitCode.Should().Be(0);
        (await queued).ExitCode.Should().Be(0);
        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<ObjectDisposedException>();
        await host.RunAsync(await host.LoadGuestAsync("empty"));
    }

    [Fact]
    public async Task DisposeModule_WhileItIsInstantiated_EndsEachRunOneWayOrTheOther()
    {
        await using var host = new TestHost();
        for (var round = 0; round < 50; round++)
        {
            var module = await host.LoadGuestAsync("empty");
            var runs = Enumerable.Range(0, 8).Select(_ => Task.Run(() => host.RunAsync(module))).ToArray();
            await Task.WhenAny(runs);
            module.Dispose();
            foreach (var run in runs)
            {
                await Task.WhenAny(run);
                if (!run.IsCompletedSuccessfully) run.Exception!.InnerException.Should().BeOfType<ObjectDisposedException>();
            }
        }
    }

    [Fact]
    public async Task Invoke_ModuleOfAnotherHost_IsRefused()
    {
        await using var host = CreateHost(_gate.Mount);
        await using var other = CreateHost(_gate.Mount);
        var module = await other.LoadGuestAsync("empty");

        await host.Awaiting(it => it.RunAsync(module)).Should().ThrowAsync<ArgumentException>().WithMessage("*another host*");
    }

    private static TestHost CreateHost(TestMount mount, Action<WasiCloudOptions>? configure = null) =>
        new(configure, builder => builder.AddMount("/test", FileAccess.Read, _ => mount));

    private sealed class DisposableMount : IVirtualMount, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public void Dispose() => IsDisposed = true;
    }
}
