using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WasiCloud.Embedding.Engine.Interop;

namespace WasiCloud.Embedding.Tests.Hosting;

/// <summary>A host made by <c>AddWasiCloud</c> as an application makes it: small, with its log collected, without a module cache.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    /// <summary>Only a test that fails waits this long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const int FibersNotPossible = 10;

    private readonly ServiceProvider _provider;
    private readonly List<GuestModule> _modules = [];

    public TestHost(Action<WasiCloudOptions>? configure = null, Action<IWasiCloudBuilder>? build = null, TimeProvider? time = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(Logs);
        if (time is not null) services.AddSingleton(time);
        var builder = services.AddWasiCloud(options =>
        {
            (options.MaxConcurrentInvocations, options.ModuleCacheFolder, options.Execution) = (16, null, TestExecution.Value);
            configure?.Invoke(options);
        });
        builder.AddRequestResponseFiles();
        build?.Invoke(builder);
        _provider = services.BuildServiceProvider();
        Host = _provider.GetRequiredService<IInvocationHost>();
    }

    public IInvocationHost Host { get; }

    public IServiceProvider Services => _provider;

    public LogCollector Logs { get; } = new();

    /// <summary>The bytes of a module in <c>guests/bin</c>.</summary>
    public static byte[] ReadGuest(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm"));

    public static byte[] Assemble(string text) => TextFormatApi.Assemble(Encoding.UTF8.GetBytes(text));

    /// <summary>Until something is so, of which nobody is told.</summary>
    /// <param name="condition">Whether it is so; its text is in the failure if it never is.</param>
    /// <param name="meanwhile">What is done each time that it is not yet so, such as moving the time.</param>
    /// <param name="text">The text of <paramref name="condition"/>.</param>
    public static async Task UntilAsync(Func<bool> condition, Action? meanwhile = null, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        for (var waiting = Stopwatch.StartNew(); !condition(); await Task.Yield())
        {
            ThrowIfTooLong(waiting, text);
            meanwhile?.Invoke();
        }
    }

    /// <summary>The same of what another process is asked, now and then.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string text = "")
    {
        for (var waiting = Stopwatch.StartNew(); !await condition().WaitAsync(Patience); await Task.Delay(10)) ThrowIfTooLong(waiting, text);
    }

    public static InvocationRequest WithArguments(params string[] arguments) => new() { Arguments = arguments };

    public Task<GuestModule> LoadGuestAsync(string name) => LoadAsync(ReadGuest(name), name);

    public Task<GuestModule> LoadTextAsync(string text) => LoadAsync(Assemble(text), "text");

    public Task<GuestModule> LoadTextAsync(string text, GuestModuleOptions options) => LoadAsync(Assemble(text), "text", options);

    /// <summary>Starts a reactor.</summary>
    public async Task<GuestInstance> StartTextAsync(string text, InvocationRequest? request = null) =>
        await Host.StartAsync(await LoadTextAsync(text), request ?? new InvocationRequest()).WaitAsync(Patience);

    /// <summary>Invokes, reads the response to its end and waits for the guest's.</summary>
    public async Task<InvocationCompletion> RunAsync(GuestModule module, InvocationRequest? request = null, CancellationToken cancellationToken = default)
    {
        await using var response = await Host.InvokeAsync(module, request ?? new InvocationRequest(), cancellationToken)
            .WaitAsync(Patience, CancellationToken.None);
        await response.Body.CopyToAsync(Stream.Null, CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        return await response.Completion.WaitAsync(Patience, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync().AsTask().WaitAsync(Patience);
        foreach (var module in _modules) module.Dispose();

        // Otherwise tests on fibers could all run on threads, and nobody would see.
        if (TestExecution.Value == GuestExecution.Fibers) Logs[FibersNotPossible].Should().BeEmpty();
    }

    private static void ThrowIfTooLong(Stopwatch waiting, string text)
    {
        if (waiting.Elapsed > Patience) throw new TimeoutException($"It is still not so after {Patience}: {text}");
    }

    private async Task<GuestModule> LoadAsync(byte[] wasm, string name, GuestModuleOptions? options = null)
    {
        var module = await Host.LoadAsync(wasm, name, options ?? new GuestModuleOptions());
        _modules.Add(module);
        return module;
    }
}
