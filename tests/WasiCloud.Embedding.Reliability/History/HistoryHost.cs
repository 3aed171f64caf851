using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>One host, with clients (<c>guests/c/history.c</c>) that call at random and tell what they did and what came of it.</summary>
internal sealed class HistoryHost : IAsyncDisposable
{
    /// <summary>The name of the scope.</summary>
    public const string Scope = "history";

    /// <summary>How many milliseconds a client lets pass at most between two turns.</summary>
    private const int Pace = 4;

    /// <summary>For how long a lock outlives a holder that does not renew it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    // Nothing here is timed; this only ends what hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(60);

    private static readonly string[] s_callers = ["registers", "registers", "appends", "transactions", "transactions", "locks", "locks", "changes"];

    private readonly ServiceProvider _provider;
    private readonly GuestModule _module;
    private readonly Action<string> _receive;
    private readonly string _name;
    private readonly List<Pipe> _inputs = [];

    private HistoryHost(ServiceProvider provider, GuestModule module, string name, Action<string> receive) => (_provider, _module, _name, _receive) = (provider, module, name, receive);

    private IInvocationHost Host => _provider.GetRequiredService<IInvocationHost>();

    /// <summary>Starts a host.</summary>
    /// <param name="use">Chooses the scope's backend.</param>
    /// <param name="name">What its clients' names begin with: nobody else's do.</param>
    /// <param name="clock">The clock of all clients.</param>
    /// <param name="receive">Gets each line of the history; called on any thread.</param>
    public static async Task<HistoryHost> CreateAsync(Action<IKeyValueScopeBuilder> use, string name, SharedClock clock, Action<string> receive)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddWasiCloud(options =>
        {
            options.Execution = TestExecution.Value;
            options.ExecutionTimeout = Patience;
        }).AddKeyValue(keyValue =>
        {
            var scope = keyValue.Scope(Scope);
            use(scope);
            scope.WithOptions(options => options with { LockLease = Lease });
        });
        var provider = services.BuildServiceProvider();
        var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", "history.wasm"));
        return new HistoryHost(provider, await provider.GetRequiredService<IInvocationHost>().LoadAsync(wasm, "history"), name, receive);
    }

    /// <summary>Starts all clients, which wait for the first <see cref="GoOnAsync"/>.</summary>
    /// <param name="seed">What makes their choices the same each time.</param>
    /// <returns>What ends with the callers, after <see cref="EndAsync"/>, and with the watch, after the key that ends it.</returns>
    public (Task Callers, Task Watch) Start(int seed)
    {
        var callers = s_callers.Index().Select(caller => RunAsync(caller.Item, caller.Index, seed)).ToArray();
        return (Task.WhenAll(callers), RunAsync("watch", s_callers.Length, seed));
    }

    /// <summary>Lets the callers go on, with keys of their own for each number.</summary>
    public async Task GoOnAsync(string number)
    {
        foreach (var input in _inputs) await input.Writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(number + "\n"));
    }

    /// <summary>Lets the callers end, after the calls that they are in.</summary>
    public async Task EndAsync()
    {
        foreach (var input in _inputs) await input.Writer.CompleteAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _module.Dispose();
        await _provider.DisposeAsync();
    }

    // On threads of the pool: a guest on a fiber runs on its caller's thread for as long as it does not wait.
    private Task RunAsync(string workload, int number, int seed)
    {
        var input = new Pipe();
        _inputs.Add(input);
        return Task.Run(() => InvokeAsync(workload, FormattableString.Invariant($"{_name}.{number}"), (seed * s_callers.Length) + number, input.Reader));
    }

    private async Task InvokeAsync(string workload, string client, int seed, PipeReader input)
    {
        string[] arguments = [workload, "/beta/kv/" + Scope, client, FormattableString.Invariant($"{seed}"), FormattableString.Invariant($"{Pace}")];
        await using var lines = new LineStream(_receive);
        try
        {
            await using var response = await Host.InvokeAsync(_module, new InvocationRequest { Arguments = arguments, StandardInput = input, StandardOutput = PipeWriter.Create(lines) });
            await response.Completion;
        }
        catch (GuestException exception)
        {
            throw new LedgerViolationException($"{workload}: {exception.Message} {exception.StandardError}", exception);
        }
    }
}
