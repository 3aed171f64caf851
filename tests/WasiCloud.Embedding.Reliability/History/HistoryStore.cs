using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;
using WasiCloud.Embedding.KeyValue.Setup;
using WasiCloud.Embedding.PostgreSql;
using WasiCloud.Embedding.Redis;
using WasiCloud.Embedding.Reliability.History.Faults;
using WasiCloud.Embedding.Sqlite;

namespace WasiCloud.Embedding.Reliability.History;

/// <summary>A store that two processes share: a file, or a server to which each has a network of its own that can be broken.</summary>
internal sealed class HistoryStore : IAsyncDisposable
{
    /// <summary>
    /// How long after it was told, in nanoseconds, an unknown outcome may still be decided: the time that a commit has on the host, and as much for clocks and
    /// answers.
    /// </summary>
    public const long Settles = 2_000_000_000;

    // Short, so that a fault shows as what a client is told, and not only as a wait.
    private static readonly TimeSpan OperationTimeout = TimeSpan.FromSeconds(1);

    private readonly Func<ValueTask> _stop;
    private readonly string _direct;

    private HistoryStore(string name, string direct, int port, Func<ValueTask> stop)
    {
        (Name, _direct, _stop) = (name, direct, stop);
        if (port > 0) Proxies = [TcpProxy.Start(port), TcpProxy.Start(port)];
    }

    /// <summary>All that processes can share.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sqlite", "redis", "postgresql"];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The network of each host; none for a file.</summary>
    public IReadOnlyList<TcpProxy> Proxies { get; } = [];

    /// <summary>Lets the server stand still; <see langword="null"/> if there is none.</summary>
    public Func<Task>? PauseServer { get; private init; }

    /// <summary>Lets it go on.</summary>
    public Func<Task>? ResumeServer { get; private init; }

    /// <summary>Finds the server's processes of which each has one connection; <see langword="null"/> if there are none.</summary>
    public Func<Task<IReadOnlyList<int>>>? FindConnectionsAsync { get; private init; }

    /// <summary>Starts what it needs.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static async Task<HistoryStore> StartAsync(string name)
    {
        switch (name)
        {
            case "sqlite":
                var folder = new TemporaryFolder();
                return new HistoryStore(name, folder.File("history.db"), 0, () =>
                {
                    folder.Dispose();
                    return default;
                });
            case "redis":
                var redis = await RedisServer.StartAsync("--appendfsync", "no");
                return new HistoryStore(name, AddressOf(redis.Port), redis.Port, redis.DisposeAsync)
                {
                    PauseServer = redis.PauseAsync,
                    ResumeServer = redis.ContinueAsync,
                };
            case "postgresql":
                var postgres = await PostgreSqlServer.StartNewAsync(isDurable: false);
                return new HistoryStore(name, AddressOf(postgres.Port), postgres.Port, postgres.DisposeAsync)
                {
                    PauseServer = () => ForEachProcessAsync(postgres, ProcessSignal.Pause),
                    ResumeServer = () => ForEachProcessAsync(postgres, ProcessSignal.Resume),
                    FindConnectionsAsync = () => FindConnectionsOfAsync(postgres),
                };
            default:
                throw new ArgumentException($"Processes cannot share a '{name}'.", nameof(name));
        }
    }

    /// <summary>Chooses the store for a scope.</summary>
    public static void Use(IKeyValueScopeBuilder scope, string name, string address)
    {
        switch (name)
        {
            case "sqlite":
                scope.UseSqlite(options => options.Path = address);
                break;
            case "redis":
                scope.UseRedis(options => (options.Configuration, options.OperationTimeout) = (address, OperationTimeout));
                break;
            default:
                scope.UsePostgreSql(options => (options.ConnectionString, options.OperationTimeout) = (ConnectionString(address), OperationTimeout));
                break;
        }
    }

    /// <summary>Where a host finds it.</summary>
    /// <param name="host">The host's number.</param>
    public string AddressFor(int host) => Proxies.Count > 0 ? AddressOf(Proxies[host].Port) : _direct;

    /// <summary>Opens it past all faults.</summary>
    /// <param name="clock">The clock of all clients.</param>
    public IKeyValueBackend Open(SharedClock clock) => Name switch
    {
        "sqlite" => new SqliteKeyValueBackend(new SqliteKeyValueOptions { Path = _direct, Scope = HistoryHost.Scope }, clock),
        "redis" => new RedisKeyValueBackend(new RedisKeyValueOptions { Configuration = _direct, Scope = HistoryHost.Scope }, clock),
        _ => new PostgreSqlKeyValueBackend(new PostgreSqlKeyValueOptions { ConnectionString = ConnectionString(_direct), Scope = HistoryHost.Scope }),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in Proxies) await proxy.DisposeAsync();
        await _stop();
    }

    // Those of connections come and go meanwhile; while the first one stands still, no new ones come.
    private static async Task ForEachProcessAsync(PostgreSqlServer server, Func<int, bool> signal)
    {
        var first = server.ProcessId;
        signal(first);
        var others = await File.ReadAllTextAsync(FormattableString.Invariant($"/proc/{first}/task/{first}/children"));
        foreach (var process in others.Split(' ', StringSplitOptions.RemoveEmptyEntries)) signal(int.Parse(process, CultureInfo.InvariantCulture));
    }

    private static async Task<IReadOnlyList<int>> FindConnectionsOfAsync(PostgreSqlServer server)
    {
        const string query = "SELECT array_agg(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        return await server.QueryAsync(query) as int[] ?? [];
    }

    private static string AddressOf(int port) => FormattableString.Invariant($"127.0.0.1:{port}");

    private static string ConnectionString(string address) => $"Host=127.0.0.1;Port={address.Split(':')[1]};Username=postgres;Database=postgres;Timeout=5";
}
