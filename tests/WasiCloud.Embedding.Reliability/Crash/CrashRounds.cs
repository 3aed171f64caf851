using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using WasiCloud.Embedding.KeyValue;

namespace WasiCloud.Embedding.Reliability.Crash;

/// <summary>Kills a process that writes to a SQLite file, again and again, and looks each time whether everything is there that was acknowledged.</summary>
/// <param name="database">The file.</param>
/// <param name="seed">What makes the moments of the kills the same each time, counted in acknowledged writes.</param>
internal sealed class CrashRounds(string database, int seed)
{
    // Enough that the kill comes at every stage: while the first commits are made, and long after.
    private const int MostAcknowledged = 400;

    private static readonly string[] Kinds = ["single", "both"];

    private readonly Random _random = new(seed);
    private readonly Dictionary<(string Kind, int Writer), long> _acknowledged = [];

    /// <summary>How many writes were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Kills a writer once and checks what it left.</summary>
    /// <exception cref="LedgerViolationException">An acknowledged write is lost, a transaction is torn, or a lock of the dead process is still
    /// held.</exception>
    public async Task RunAsync()
    {
        await WriteUntilKilledAsync(_random.Next(1, MostAcknowledged));
        await using var host = await LedgerHost.CreateAsync(scope => scope.UseSqlite(database));
        for (var writer = 0; writer < CrashWriter.Writers; writer++)
        {
            await CheckAsync(host.Backend, "single", writer, "single");
            await CheckAsync(host.Backend, "both", writer, "left", "right");
            await host.RunAsync("unlocked", writer);
        }
    }

    private async Task WriteUntilKilledAsync(int acknowledgements)
    {
        using var process = ChildProcess.Start(typeof(CrashWriter).Assembly, CrashWriter.Verb, database);
        try
        {
            // What the process wrote before it was killed is still in the pipe.
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                Note(line);
                if (--acknowledgements == 0) process.Kill();
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        if (acknowledgements > 0) throw new LedgerViolationException($"The writer ended by itself, with exit code {process.ExitCode}.");
    }

    private void Note(string line)
    {
        if (line.Split(' ') is not [var kind, var writer, var number] || !Kinds.Contains(kind, StringComparer.Ordinal))
            throw new LedgerViolationException(line);
        _acknowledged[(kind, int.Parse(writer, CultureInfo.InvariantCulture))] = long.Parse(number, CultureInfo.InvariantCulture);
        Acknowledged++;
    }

    private async Task CheckAsync(IKeyValueBackend backend, string kind, int writer, params string[] folders)
    {
        var acknowledged = _acknowledged.GetValueOrDefault((kind, writer));
        var stored = new long[folders.Length];
        for (var index = 0; index < folders.Length; index++)
            stored[index] = await ReadAsync(backend, FormattableString.Invariant($"{folders[index]}/{writer}"));

        // The one after the last that was acknowledged may have been committed without anybody having been told.
        if (stored.Any(number => number < acknowledged))
            throw new LedgerViolationException($"{kind} of writer {writer}: {acknowledged} was acknowledged, {string.Join(", ", stored)} is stored.");
        if (stored.Any(number => number > acknowledged + 1))
            throw new LedgerViolationException($"{kind} of writer {writer}: {string.Join(", ", stored)} is stored, which nobody wrote.");
        if (stored.Distinct().Count() > 1) throw new LedgerViolationException($"{kind} of writer {writer} is torn: {string.Join(", ", stored)}.");
        _acknowledged[(kind, writer)] = stored[0];
    }

    private static async Task<long> ReadAsync(IKeyValueBackend backend, string key) =>
        await backend.GetAsync(key, int.MaxValue, CancellationToken.None) is { Value: { } value }
            ? long.Parse(Encoding.UTF8.GetString(value.Span), CultureInfo.InvariantCulture)
            : 0;
}
