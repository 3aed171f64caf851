using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.Hosting;

namespace WasiCloud.Embedding.Fuzz;

/// <summary>Measures what responses hold that nobody reads, of guests that write without end.</summary>
internal static class UnreadResponses
{
    // The figure counts when it has not grown for so long.
    private static readonly TimeSpan s_calm = TimeSpan.FromSeconds(1);

    public static async Task MeasureAsync(int count, long budget, TextWriter output)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options =>
        {
            (options.MaxConcurrentInvocations, options.MaxConcurrentInvocationsPerModule, options.MaxResponseBufferBytes) = (count, count, budget);
            (options.ModuleCacheFolder, options.Execution, options.ExecutionTimeout) = (null, TestExecution.Value, Timeout.InfiniteTimeSpan);
        }).AddRequestResponseFiles();
        await using var provider = services.BuildServiceProvider();
        var host = (InvocationHost)provider.GetRequiredService<IInvocationHost>();
        using var module = await host.LoadAsync(await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "fault.wasm")), "fault");
        var before = Environment.WorkingSet;
        var responses = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => host.InvokeAsync(module, new InvocationRequest { Arguments = ["flood"] })));
        var held = -1L;
        while (held != host.ResponseBudget.HeldBytes)
        {
            held = host.ResponseBudget.HeldBytes;
            await Task.Delay(s_calm);
        }

        var now = Environment.WorkingSet >> 20;
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{count} responses, budget {budget >> 20} MiB: they hold {held >> 20} MiB; resident {before >> 20} MiB before, " +
                $"{now} MiB now"));
        foreach (var response in responses) await response.DisposeAsync();
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"after their end they hold {host.ResponseBudget.HeldBytes} B"));
    }
}
