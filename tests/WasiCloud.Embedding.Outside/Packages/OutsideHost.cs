using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding;

namespace OutsidePackages;

/// <summary>An application that was given packages, with a guest that makes file calls (guests/c/filecalls.c).</summary>
internal sealed class OutsideHost : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    private readonly ServiceProvider _provider;
    private GuestModule? _module;

    public OutsideHost(Action<IWasiCloudBuilder> build)
    {
        var execution = Environment.GetEnvironmentVariable("WASICLOUD_TEST_EXECUTION");
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(Logs);
        build(services.AddWasiCloud(options =>
        {
            options.ModuleCacheFolder = null;
            options.Execution = execution is null ? GuestExecution.Threads : Enum.Parse<GuestExecution>(execution);
        }));
        _provider = services.BuildServiceProvider();
    }

    public LogCounter Logs { get; } = new();

    /// <summary>Has a guest make calls, one a line.</summary>
    /// <returns>What each answered, as the guest prints it.</returns>
    public async Task<IReadOnlyList<string>> CallAsync(params IEnumerable<string> calls)
    {
        var host = _provider.GetRequiredService<IInvocationHost>();
        _module ??= await host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "filecalls.wasm")), "filecalls");
        using var output = new MemoryStream();
        var request = new InvocationRequest
        {
            Arguments = ["all", "/tmp"],
            StandardInput = PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes($"seq one\n{string.Join('\n', calls)}\n"))),
            StandardOutput = PipeWriter.Create(output),
        };
        await using var response = await host.InvokeAsync(_module, request).WaitAsync(s_patience);
        await response.Completion.WaitAsync(s_patience);
        await request.StandardOutput.FlushAsync();

        // The first line names the sequence; the others are numbered.
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Skip(1).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
    }

    public async ValueTask DisposeAsync()
    {
        _module?.Dispose();
        await _provider.DisposeAsync();
    }
}
