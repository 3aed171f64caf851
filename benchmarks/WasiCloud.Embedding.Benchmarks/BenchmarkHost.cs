using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Benchmarks;

/// <summary>A host as an application would set it up, without logging.</summary>
internal sealed class BenchmarkHost : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public BenchmarkHost(Action<IWasiCloudBuilder>? configure = null, GuestExecution execution = GuestExecution.Threads, Action<WasiCloudOptions>? limit = null)
    {
        var services = new ServiceCollection();
        var builder = services.AddWasiCloud(options =>
        {
            (options.ExecutionTimeout, options.Execution) = (TimeSpan.FromMinutes(5), execution);
            limit?.Invoke(options);
        }).AddRequestResponseFiles();
        configure?.Invoke(builder);
        _services = services.BuildServiceProvider();
        Host = _services.GetRequiredService<IInvocationHost>();
    }

    public IInvocationHost Host { get; }

    public IServiceProvider Services => _services;

    public async Task<GuestModule> LoadAsync(string name) => await Host.LoadAsync(GuestFiles.Read(name), name);

    /// <summary>Runs a guest to its end and drops its response.</summary>
    public Task<InvocationCompletion> RunAsync(GuestModule module, params string[] arguments) =>
        RunAsync(module, new InvocationRequest { Arguments = arguments });

    /// <summary>Runs a guest to its end and drops its response.</summary>
    public async Task<InvocationCompletion> RunAsync(GuestModule module, InvocationRequest request)
    {
        await using var response = await Host.InvokeAsync(module, request);
        await DrainAsync(response.Body);
        return await response.Completion;
    }

    /// <summary>Reads a body to its end.</summary>
    /// <returns>Its length in bytes.</returns>
    public static async Task<long> DrainAsync(PipeReader body)
    {
        var total = 0L;
        while (true)
        {
            var result = await body.ReadAsync();
            total += result.Buffer.Length;
            body.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) return total;
        }
    }

    public static PipeReader Body(byte[] bytes) => PipeReader.Create(new ReadOnlySequence<byte>(bytes));

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
