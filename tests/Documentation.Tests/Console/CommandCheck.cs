using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace WasiCloud.Documentation.Console;

/// <summary>Looks whether the programs, options and paths of a command are there, without running it.</summary>
internal static partial class CommandCheck
{
    // Programs of the system; of those that a page tells to install first, there need be none here.
    private static readonly string[] s_programs =
        ["dotnet", "curl", "echo", "head", "grep", "export", "while", "wc", "apt-get", "sharpfuzz", "afl-fuzz", "git", "bash", "tail", "done", "read", "do",
            "date", "sleep"];

    private static readonly ConcurrentDictionary<string, Task<string>> s_help = new(StringComparer.Ordinal);

    /// <summary>Looks at a command.</summary>
    /// <returns>What is not there.</returns>
    public static async Task<IReadOnlyList<string>> ProblemsAsync(string command)
    {
        var problems = new List<string>();
        var quoted = Quoted.Replace(command, "''");
        foreach (var part in Separator.Split(quoted).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            // NAME=value before a command, parentheses around it, and [what may be left out].
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('[', ']', '(', ')', '\'', ','))
                .SkipWhile(word => Assignment.IsMatch(word)).ToArray();
            if (words.Length > 0) problems.AddRange(await ProblemsAsync(words));
        }

        return problems;
    }

    private static async Task<IReadOnlyList<string>> ProblemsAsync(string[] words)
    {
        if (words.FirstOrDefault(word => RepositoryPath.IsMatch(word) && !Repository.Entries.Contains(word.TrimEnd('/'))) is { } path)
            return [$"{path} is not there."];
        return words switch
        {
            ["wasicloud", ..] => await ToolProblemsAsync(words),
            ["dotnet", "run", ..] => ProjectProblems(words),
            [var program, ..] when s_programs.Contains(program) || Repository.Entries.Contains(program) => [],
            [var program, ..] => [$"{program} is no program that a page may use: see CommandCheck."],
            [] => [],
        };
    }

    private static async Task<IReadOnlyList<string>> ToolProblemsAsync(string[] words)
    {
        if (words is ["wasicloud"]) return [];
        if (!(await HelpAsync(string.Empty)).Contains($"\n  {words[1]} ", StringComparison.Ordinal)) return [$"wasicloud has no command {words[1]}."];
        var help = await HelpAsync(words[1]);
        return [.. OptionsOf(words.Skip(2))
            .Where(option => !Regex.IsMatch(help, $@"(^|[\s,]){Regex.Escape(option)}\b", RegexOptions.None, TimeSpan.FromSeconds(1)))
            .Select(option => $"wasicloud {words[1]} has no option {option}.")];
    }

    // What stands behind -- is for the project's own program: its verbs and options are in its sources.
    private static IReadOnlyList<string> ProjectProblems(string[] words)
    {
        var project = words.SkipWhile(word => word != "--project").Skip(1).FirstOrDefault();
        if (project is null) return ["dotnet run names no project."];
        var arguments = words.SkipWhile(word => word != "--").Skip(1).ToArray();
        if (arguments.Length == 0 || project.StartsWith("samples/", StringComparison.Ordinal)) return [];
        var sources = string.Concat(Repository.Files(".cs").Where(file => file.StartsWith(project + "/", StringComparison.Ordinal))
            .Select(file => File.ReadAllText(Repository.Full(file))));
        var named = OptionsOf(arguments).Concat(arguments.Take(1).Where(word => Verb.IsMatch(word)));
        return [.. named.Where(name => !BenchmarkDotNet.Contains(name) && !sources.Contains($"\"{name}\"", StringComparison.Ordinal))
            .Select(name => $"{project} knows no {name}.")];
    }

    private static string[] BenchmarkDotNet { get; } = ["--filter", "--job"];

    private static IEnumerable<string> OptionsOf(IEnumerable<string> words) =>
        words.Where(word => word.StartsWith("--", StringComparison.Ordinal) && word.Length > 2);

    private static Task<string> HelpAsync(string verb) => s_help.GetOrAdd(verb, async name => (await Shell.RunAsync($"wasicloud {name} --help")).Output);

    [GeneratedRegex("""'[^']*'|"[^"]*"|<[^>]*>|\$\([^)]*\)|\d?>\S+""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted { get; }

    [GeneratedRegex(@"\s(\|\||&&|\|)\s|;\s", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Separator { get; }

    [GeneratedRegex(@"^\w+=\S*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Assignment { get; }

    [GeneratedRegex(@"^(docs|src|tests|samples|benchmarks|guests|\.ci)/\S+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RepositoryPath { get; }

    [GeneratedRegex("^[a-z][a-z-]+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Verb { get; }
}
