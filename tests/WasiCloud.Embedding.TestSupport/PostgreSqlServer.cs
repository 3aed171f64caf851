using System.Diagnostics;
using System.Globalization;
using System.Text;
using Npgsql;

namespace WasiCloud.Embedding;

/// <summary>A PostgreSQL server process of these tests' own: on loopback, in a temporary folder. It ends with the test process, however that ends.</summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly string _programs;
    private readonly (string User, string Group)? _owner;
    private readonly bool _isDurable;
    private Process? _guard;

    private PostgreSqlServer(string programs, string folder, (string User, string Group)? owner, bool isDurable)
    {
        (_programs, _folder, _owner, _isDurable) = (programs, folder, owner, isDurable);
        Port = LoopbackPort.Find();
    }

    public int Port { get; }

    public string ConnectionString => $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres;Timeout=5";

    /// <summary>The process of the server itself, whose death ends all its connections.</summary>
    public int ProcessId => int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Creates a server and starts it.</summary>
    /// <param name="isDurable">Whether commits are to survive more than the end of the server's processes.</param>
    /// <returns>The server, accepting connections.</returns>
    public static async Task<PostgreSqlServer> StartNewAsync(bool isDurable)
    {
        var postgres = await DebianPackage.FindAsync("postgresql", FindServer);
        var folder = Directory.CreateTempSubdirectory("wasicloud-postgresql-").FullName;
        (string User, string Group)? owner = Environment.IsPrivilegedProcess ? await FindOwnerAsync() : null;
        var server = new PostgreSqlServer(Path.GetDirectoryName(postgres)!, folder, owner, isDurable);
        if (owner is var (user, _)) await RunAsync("chown", user, folder);
        await server.RunAsOwnerAsync("initdb", "-D", Path.Combine(folder, "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync");
        await server.StartAsync();
        return server;
    }

    /// <summary>Starts the server again, on the same port and data.</summary>
    public async Task StartAsync()
    {
        var settings = new StringBuilder($"-D {_folder}/data -k {_folder} -h 127.0.0.1 -p {Port} -c max_connections=200 -c shared_buffers=64MB");
        if (!_isDurable) settings.Append(" -c fsync=off -c full_page_writes=off");

        // The shell lives as long as its input is open, which the system closes when this process is gone.
        var program = $"{string.Join(' ', AsOwner("postgres"))} {settings}";
        var script = $"exec 3<&0; {program} </dev/null >>{_folder}/log 2>&1 & server=$!; cat <&3 >/dev/null; " +
            "kill -QUIT $server 2>/dev/null; kill -CONT $server 2>/dev/null; wait $server; rm -rf \"$1\"";
        if (_guard is not null)
        {
            // The guard of the server that was killed would remove the data.
            _guard.Kill();
            await _guard.WaitForExitAsync();
            _guard.Dispose();
        }

        _guard = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script, "sh", _folder]) { UseShellExecute = false, RedirectStandardInput = true })!;
        await WaitUntilReadyAsync();
    }

    /// <summary>Kills the server as a crash of the machine's software would: nothing is written any more.</summary>
    public async Task KillAsync()
    {
        var server = ProcessId;
        using var process = Process.GetProcessById(server);
        var children = ChildrenOf(server);
        process.Kill();
        await process.WaitForExitAsync();

        // The server's other processes notice by themselves; a new server refuses to start before.
        foreach (var child in children)
        {
            for (var patience = Stopwatch.StartNew(); Directory.Exists($"/proc/{child}") && patience.Elapsed < Patience;) await Task.Delay(10);
        }
    }

    /// <summary>Lets all its processes stand still (SIGSTOP): it accepts connections and answers nothing.</summary>
    public async Task PauseAsync()
    {
        // The one first: from then on no other begins, and one that ends is still there to be signalled.
        await RunAsync("kill", "-STOP", $"{ProcessId}");
        await RunAsync("kill", ["-STOP", .. ChildrenOf(ProcessId)]);
    }

    public Task ContinueAsync() => RunAsync("kill", ["-CONT", .. ChildrenOf(ProcessId), $"{ProcessId}"]);

    /// <summary>Runs SQL on a connection of its own.</summary>
    public async Task<object?> QueryAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_guard is null) return;
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs a program, which must succeed.</summary>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(
            program, arguments)
        { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} exited with {process.ExitCode}: {output}{await errors}");
        return output;
    }

    private static string? FindServer() => DebianPackage.FindOnPath("postgres") ?? (Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin", "postgres")).Where(File.Exists)
            .Order(StringComparer.Ordinal).LastOrDefault()
        : null);

    private static List<string> ChildrenOf(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    // PostgreSQL refuses to run as root, and as a user without a name. A machine may have the package's files without the package's own user.
    private static async Task<(string User, string Group)> FindOwnerAsync()
    {
        var fields = (await RunAsync("/bin/sh", "-c", "getent passwd postgres || getent passwd nobody")).Split(':');
        return (fields[2], fields[3]);
    }

    private string[] AsOwner(string program)
    {
        var path = Path.Combine(_programs, program);
        return _owner is var (user, group) ? ["setpriv", $"--reuid={user}", $"--regid={group}", "--clear-groups", path] : [path];
    }

    private Task<string> RunAsOwnerAsync(string program, params string[] arguments)
    {
        var command = AsOwner(program);
        return RunAsync(command[0], [.. command[1..], .. arguments]);
    }

    private async Task WaitUntilReadyAsync()
    {
        for (var patience = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                await QueryAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (patience.Elapsed < Patience)
            {
                // Not yet.
            }
            catch (NpgsqlException exception)
            {
                throw new InvalidOperationException(
                    $"The PostgreSQL server does not start: {await File.ReadAllTextAsync(Path.Combine(_folder, "log"))}", exception);
            }
        }
    }
}
