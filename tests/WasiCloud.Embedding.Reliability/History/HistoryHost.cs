using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue.Locks;
using WasiCloud.Embedding.KeyValue.Setup;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>
/// One host, with clients (<c>guests/c/history.c</c>, <c>guests/c/told.c</c>) that call at random, or as they are told, and tell what they did and what came of
/// it.
/// </summary>
internal sealed class HistoryHost : IAsyncDisposable
{
    /// <summary>The name of the scope.</summary>
    public const string Scope = "history";

    /// <summary>For how long a lock outlives a holder that does not renew it.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(4);

    private const string Root = "/beta/kv/" + Scope;

    // Nothing here is timed; this only ends what hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(60);

    private static readonly string[] s_callers = ["registers", "registers", "appends", "transactions", "transactions", "locks", "locks", "changes"];

    private readonly ServiceProvider _provider;
    private readonly GuestModule _random;
    private readonly GuestModule _told;
    private readonly Action<string> _receive;
    private readonly string _name;
    private readonly List<Pipe> _inputs = [];

    private HistoryHost(ServiceProvider provider, (GuestModule Random, GuestModule Told) modules, string name, Action<string> receive)
    {
        (_provider, _name, _receive) = (provider, name, receive);
        (_random, _told) = modules;
    }

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
        return new HistoryHost(provider, (await LoadAsync(provider, "history"), await LoadAsync(provider, "told")), name, receive);
    }

    /// <summary>Starts a client that does what it is told.</summary>
    /// <param name="calls">A line for each call.</param>
    /// <returns>What ends with it, after the last call.</returns>
    public Task DoAsToldAsync(PipeReader calls) => Task.Run(() => InvokeAsync(_told, calls, [Root, _name]));

    /// <summary>Starts all clients, which wait for the first <see cref="GoOnAsync"/>.</summary>
    /// <param name="seed">What makes their choices the same each time.</param>
    /// <param name="pace">How many milliseconds a client lets pass at most between two turns.</param>
    /// <returns>What ends with the callers, after <see cref="EndAsync"/>, and with the watch, after the key that ends it.</returns>
    public (Task Callers, Task Watch) Start(int seed, int pace)
    {
        var callers = s_callers.Index().Select(caller => RunAsync(caller.Item, caller.Index, seed, pace)).ToArray();
        return (Task.WhenAll(callers), RunAsync("watch", s_callers.Length, seed, pace));
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
        _random.Dispose();
        _told.Dispose();
        await _provider.DisposeAsync();
    }

    private static async Task<GuestModule> LoadAsync(ServiceProvider provider, string name)
    {
        var wasm = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "guests", name + ".wasm"));
        return await provider.GetRequiredService<IInvocationHost>().LoadAsync(wasm, name);
    }

    // On threads of the pool: a guest on a fiber runs on its caller's thread for as long as it does not wait.
    private Task RunAsync(string workload, int number, int seed, int pace)
    {
        var input = new Pipe();
        _inputs.Add(input);
        var arguments = FormattableString.Invariant($"{workload} {Root} {_name}.{number} {(seed * s_callers.Length) + number} {pace}").Split(' ');
        return Task.Run(() => InvokeAsync(_random, input.Reader, arguments));
    }

    private async Task InvokeAsync(GuestModule module, PipeReader input, string[] arguments)
    {
        await using var lines = new LineStream(_receive);
        try
        {
            var request = new InvocationRequest { Arguments = arguments, StandardInput = input, StandardOutput = PipeWriter.Create(lines) };
            await using var response = await Host.InvokeAsync(module, request);
            await response.Completion;
        }
        catch (GuestException exception)
        {
            throw new LedgerViolationException($"{string.Join(' ', arguments)}: {exception.Message} {exception.StandardError}", exception);
        }
    }
}
