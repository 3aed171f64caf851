using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WasiCloud.Embedding;
using Xunit;

namespace WasiCloud.Tool.Tests;

public class CompileProgressTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Show_LoadedAtOnce_PrintsNothing()
    {
        var terminal = new StringWriter();
        await using var provider = Provider();
        using var module = await LoadAsync(provider);
        var shown = await CompileProgress.ShowAsync(Task.FromResult(module), "large.wasm", 1_500_000, terminal, new FakeTimeProvider());
        shown.Should().BeSameAs(module);
        terminal.ToString().Should().BeEmpty();
    }

    [Fact]
    public async Task Show_StillCompilingAfterPatience_NamesTheModule()
    {
        var text = new StringWriter();
        var terminal = TextWriter.Synchronized(text);
        var time = new FakeTimeProvider();
        await using var provider = Provider();
        using var module = await LoadAsync(provider);
        var loading = new TaskCompletionSource<GuestModule>(TaskCreationOptions.RunContinuationsAsynchronously);
        var showing = CompileProgress.ShowAsync(loading.Task, "large[1].wasm", 1_500_000, terminal, time);
        time.Advance(TimeSpan.FromMilliseconds(299));
        Shown().Should().BeEmpty();
        time.Advance(TimeSpan.FromMilliseconds(1));
        SpinWait.SpinUntil(() => Shown().Contains("large[1].wasm (1.5 MB)", StringComparison.Ordinal), s_patience).Should().BeTrue("the module is named");
        loading.SetResult(module);
        (await showing).Should().BeSameAs(module);

        // It is written by another thread, under this lock.
        string Shown()
        {
            lock (terminal) return text.ToString();
        }
    }

    private static ServiceProvider Provider()
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options => (options.MaxConcurrentInvocations, options.Execution) = (1, TestExecution.Value));
        return services.BuildServiceProvider();
    }

    private static async Task<GuestModule> LoadAsync(ServiceProvider provider) =>
        await provider.GetRequiredService<IInvocationHost>().LoadAsync(await File.ReadAllBytesAsync(ToolProcess.Guest("empty")), "empty");
}
