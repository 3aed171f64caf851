namespace WasiCloud.Documentation.Console;

/// <summary>A command of a block: behind a <c>$</c>, with what it prints below it, or a line of a block that has nothing but commands.</summary>
/// <param name="Page">The page's path from the root.</param>
/// <param name="Line">The number of its line.</param>
/// <param name="Text">The command, without the prompt.</param>
/// <param name="Output">What the page says that it prints.</param>
internal sealed record ConsoleCommand(string Page, int Line, string Text, IReadOnlyList<string> Output)
{
    private const string Prompt = "$ ";

    /// <summary>All commands of all pages.</summary>
    public static IReadOnlyList<ConsoleCommand> All { get; } =
        [.. Repository.Pages.SelectMany(page => page.Blocks()).Where(block => block.Language == "console").SelectMany(Of)];

    public override string ToString() => $"{Page}:{Line}: {Text}";

    private static IEnumerable<ConsoleCommand> Of(CodeBlock block)
    {
        var hasPrompts = block.Lines.Any(IsCommand);
        for (var index = 0; index < block.Lines.Count; index++)
        {
            if (hasPrompts && !IsCommand(block.Lines[index])) continue;
            var text = hasPrompts ? block.Lines[index][Prompt.Length..] : block.Lines[index];
            var output = hasPrompts ? block.Lines.Skip(index + 1).TakeWhile(line => !IsCommand(line)) : [];
            if (text.Length > 0) yield return new ConsoleCommand(block.Page, block.Line + index, text, [.. output]);
        }
    }

    private static bool IsCommand(string line) => line.StartsWith(Prompt, StringComparison.Ordinal);
}
