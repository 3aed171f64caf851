using System.IO.Pipelines;
using Microsoft.Extensions.DependencyInjection;

namespace WasiCloud.Embedding.Reliability.Crash;

/// <summary>The process that is killed: guests that write, and tell on standard output what was acknowledged.</summary>
internal static class CrashWriter
{
    /// <summary>The command's name.</summary>
    public const string Verb = "crash-writer";

    /// <summary>How many guests write.</summary>
    public const int Writers = 4;

    /// <summary>Writes until the process is killed.</summary>
    /// <param name="database">The SQLite file.</param>
    public static async Task RunAsync(string database)
    {
        await using var host = await LedgerHost.CreateAsync(scope => scope.UseSqlite(database));
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => WriteAsync(host, writer)));
    }

    private static async Task WriteAsync(LedgerHost host, int writer)
    {
        await using var output = Console.OpenStandardOutput();
        await host.RunAsync(PipeWriter.Create(output), "crash", writer);
    }
}
