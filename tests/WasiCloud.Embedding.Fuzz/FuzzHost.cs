using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Fuzz.Modules;
using WasiCloud.Embedding.Mounts.Memory;
using WasiCloud.Embedding.Tests.Preview1;

namespace WasiCloud.Embedding.Fuzz;

/// <summary>A host as an application makes it, with small limits, and with a mount at <c>/count</c> that counts what is open.</summary>
internal sealed class FuzzHost : IAsyncDisposable
{
    public const int Slots = 16;
    public const int MaxMemoryBytes = 32 << 20;

    // Only a failure waits this long.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ServiceProvider _provider;

    public FuzzHost(Action<WasiCloudOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options =>
        {
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.ModuleCacheFolder, options.MaxMemoryBytes,
                options.Execution) = (Slots, Slots, null, MaxMemoryBytes, TestExecution.Value);
            (options.MaxTemporaryBytes, options.MaxDescriptors, options.MaxResponseBytes) = (256 << 10, 64, 1 << 20);
            configure?.Invoke(options);
        })
            .AddRequestResponseFiles()
            .AddKeyValue(keyValue => keyValue.Scope("local").UseMemory())
            .AddMount("/count", FileAccess.ReadWrite,
                _ => TrackedMount.Of(new MemoryMount(new MemoryMountOptions { MaxBytes = 1 << 20, MaxNodes = 1000 }), Ledger));
        _provider = services.BuildServiceProvider();
        Host = _provider.GetRequiredService<IInvocationHost>();
    }

    /// <summary>Counts the nodes and handles of <c>/count</c>.</summary>
    public Ledger Ledger { get; } = new(suspends: false);

    public IInvocationHost Host { get; }

    /// <summary>Runs a guest to its end.</summary>
    /// <returns>How it ended, as <see cref="Ending.Of"/> tells it.</returns>
    public async Task<string> RunAsync(GuestModule module, InvocationRequest request, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var response = await Host.InvokeAsync(module, request, cancellationToken).WaitAsync(Patience, CancellationToken.None);
            await response.Body.CopyToAsync(Stream.Null, CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
            await response.Completion.WaitAsync(Patience, CancellationToken.None);
            return Ending.Ok;
        }
        catch (GuestException exception)
        {
            return Ending.Of(exception);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Ending.Canceled;
        }
    }

    /// <summary>Loads a module and, if it can be loaded, runs it.</summary>
    public async Task<string> LoadAndRunAsync(byte[] wasm, TimeSpan timeout)
    {
        GuestModule module;
        try
        {
            module = await Host.LoadAsync(wasm, "adversary").AsTask().WaitAsync(Patience);
        }
        catch (GuestException exception)
        {
            return Ending.Of(exception);
        }

        // What has lost its _start is misused by who invokes it: no guest's end.
        using (module) return module.Kind == GuestModuleKind.Command ? await RunAsync(module, new InvocationRequest { Timeout = timeout }) : Ending.Invalid;
    }

    /// <summary>Checks that all slots are free: that many guests run at one time, each waiting for its input.</summary>
    /// <param name="waiting">A guest that reads its standard input.</param>
    public async Task<int> CountFreeSlotsAsync(GuestModule waiting)
    {
        var pipes = new Pipe[Slots];
        var runs = new Task<string>[Slots];
        for (var slot = 0; slot < Slots; slot++)
        {
            pipes[slot] = new Pipe();
            runs[slot] = RunAsync(waiting, new InvocationRequest { StandardInput = pipes[slot].Reader });
        }

        foreach (var pipe in pipes) await pipe.Writer.CompleteAsync();
        return (await Task.WhenAll(runs)).Count(ending => ending == Ending.Ok);
    }

    public static InvocationRequest WithProgram(byte[] program, TimeSpan timeout) =>
        new() { StandardInput = PipeReader.Create(new ReadOnlySequence<byte>(program)), Timeout = timeout };

    public ValueTask DisposeAsync() => _provider.DisposeAsync();
}
