using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;

namespace WasiCloud.Embedding.Reliability;

/// <summary>A host whose guests are <c>guests/c/ledger.c</c>, on one key-value scope.</summary>
internal sealed class LedgerHost : IAsyncDisposable
{
    private const string Scope = "ledger";

    // Nothing here is timed; this only ends what hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(60);

    private readonly ServiceProvider _provider;
    private readonly GuestModule _ledger;

    private LedgerHost(ServiceProvider provider, GuestModule ledger) => (_provider, _ledger) = (provider, ledger);

    /// <summary>The scope, as the host sees it.</summary>
    public IKeyValueBackend Backend => _provider.GetRequiredKeyedService<IKeyValueBackend>(Scope);

    private IInvocationHost Host => _provider.GetRequiredService<IInvocationHost>();

    /// <summary>Starts a host.</summary>
    /// <param name="use">Chooses the scope's backend.</param>
    public static async Task<LedgerHost> CreateAsync(Action<IKeyValueScopeBuilder> use)
    {
        var services = new ServiceCollection();
        services.AddWasiCloud(options =>
        {
            options.Execution = TestExecution.Value;
            options.ExecutionTimeout = Patience;
        }).AddKeyValue(keyValue => use(keyValue.Scope(Scope)));
        var provider = services.BuildServiceProvider();
        var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "ledger.wasm"));
        return new LedgerHost(provider, await provider.GetRequiredService<IInvocationHost>().LoadAsync(wasm, "ledger"));
    }

    /// <summary>Runs a guest to its end.</summary>
    /// <param name="workload">What it does.</param>
    /// <param name="arguments">What follows the scope.</param>
    /// <returns>The lines that it printed.</returns>
    /// <exception cref="LedgerViolationException">It saw what it must not see, or failed.</exception>
    public async Task<string[]> RunAsync(string workload, params object[] arguments)
    {
        var output = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var printed = new StreamReader(output.Reader.AsStream()).ReadToEndAsync();
        var failure = await FailureOfAsync(workload, output.Writer, arguments);
        await output.Writer.CompleteAsync();
        var lines = (await printed).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (failure is null) return lines;
        throw new LedgerViolationException(
            $"{workload} {string.Join(' ', arguments)}: {lines.LastOrDefault()} {failure.Message} {failure.StandardError}", failure);
    }

    /// <summary>Runs a guest whose output is wanted while it runs.</summary>
    /// <param name="output">Gets what it prints.</param>
    /// <param name="workload">What it does.</param>
    /// <param name="arguments">What follows the scope.</param>
    public async Task RunAsync(PipeWriter output, string workload, params object[] arguments)
    {
        if (await FailureOfAsync(workload, output, arguments) is { } failure)
            throw new LedgerViolationException($"{workload}: {failure.Message} {failure.StandardError}", failure);
    }

    public async ValueTask DisposeAsync()
    {
        _ledger.Dispose();
        await _provider.DisposeAsync();
    }

    private async Task<GuestException?> FailureOfAsync(string workload, PipeWriter output, object[] arguments)
    {
        string[] all = [workload, "/beta/kv/" + Scope, .. arguments.Select(argument => FormattableString.Invariant($"{argument}"))];
        try
        {
            await using var response = await Host.InvokeAsync(_ledger, new InvocationRequest { Arguments = all, StandardOutput = output });
            await response.Completion;
            return null;
        }
        catch (GuestException exception)
        {
            return exception;
        }
    }
}
