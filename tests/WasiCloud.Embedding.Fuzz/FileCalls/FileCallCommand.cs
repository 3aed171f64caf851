using System.Globalization;
using WasiCloud.Embedding.FileCalls;

namespace WasiCloud.Embedding.Fuzz.FileCalls;

/// <summary>
/// Makes up sequences of file calls, and compares what Linux answers with what guests of the tool are answered: on a mount in memory, a folder of the host, and
/// a copy of one.
/// </summary>
/// <param name="sequences">How many.</param>
/// <param name="seed">Which.</param>
/// <param name="recorded">A file for what Linux answers, or empty.</param>
internal sealed class FileCallCommand(int sequences, int seed, string recorded)
{
    private readonly string _root = FindRoot();

    private string Guest => Path.Combine(_root, "guests", "bin", "filecalls.wasm");

    private string Tool => Path.Combine(_root, "src", "WasiCloud.Tool", "bin", "Release", "net10.0", "wasicloud.dll");

    /// <summary>Runs it.</summary>
    /// <returns>Whether every difference is one that is allowed, and every allowed one was met.</returns>
    public async Task<bool> RunAsync(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("wasicloud-filecalls-");
        try
        {
            return await RunAsync(folder, output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "WasiCloud.Embedding.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private async Task<bool> RunAsync(DirectoryInfo folder, TextWriter output)
    {
        var native = Path.Combine(folder.FullName, "filecalls");
        await FileCallProcess.RunAsync(string.Empty, "cc", "-std=c17", "-D_GNU_SOURCE", "-O1", "-o", native, Path.Combine(_root, "guests", "c", "filecalls.c"));
        var script = new FileCallScript(seed).Write(sequences);
        var answers = await FileCallProcess.RunAsync(script, native, "all", folder.CreateSubdirectory("linux").FullName);
        if (recorded.Length > 0) await File.WriteAllTextAsync(recorded, answers);
        var linux = FileCallAnswers.Read(script, answers);
        var host = folder.CreateSubdirectory("host").FullName;
        var copied = folder.CreateSubdirectory("copied").FullName;
        await FileCallProcess.RunAsync(script, native, "first", copied);

        var met = new HashSet<AllowedDifference>();
        var isRight = true;
        foreach (var (name, mode, isMemory, mount) in ((string, string, bool, string[])[])
            [("memory", "all", true, ["--mem", "/w"]), ("host folder", "all", false, ["--dir", host + "::/w"]),
                ("copy", "rest", true, ["--copy", copied + "::/w"])])
        {
            foreach (var execution in (string[])["threads", "fibers"])
            {
                var comparison = new FileCallComparison(isMemory);
                string[] arguments = [Tool, "run", "--execution", execution, .. mount, Guest, mode, "/w"];
                comparison.Compare(linux, FileCallAnswers.Read(script, await FileCallProcess.RunAsync(script, "dotnet", arguments)));
                isRight &= await ReportAsync($"{name}, {execution}", comparison, output);
                met.UnionWith(comparison.Allowed.Keys);
                if (execution == "threads" && !isMemory) foreach (var entry in Directory.GetDirectories(host)) Directory.Delete(entry, recursive: true);
            }
        }

        foreach (var difference in AllowedDifference.All.Except(met))
        {
            isRight = false;
            await output.WriteLineAsync($"allowed and never met: {difference.Reason}");
        }

        return isRight;
    }

    private async Task<bool> ReportAsync(string mount, FileCallComparison comparison, TextWriter output)
    {
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{mount}: {sequences} sequences, {comparison.Compared} answers compared, {comparison.Allowed.Values.Sum()} " +
                $"allowed differences, {comparison.Unexplained.Count} others"));
        foreach (var (difference, times) in comparison.Allowed)
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"  {times,6} {difference.Reason}"));
        foreach (var difference in comparison.Unexplained.Take(20)) await output.WriteLineAsync("  " + difference);
        return comparison.Unexplained.Count == 0;
    }
}
