namespace WasiCloud.Documentation;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page's path from the root.</param>
/// <param name="Line">The number of the block's first line.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Lines">Its lines.</param>
internal sealed record CodeBlock(string Page, int Line, string Language, IReadOnlyList<string> Lines)
{
    public string Text => string.Join('\n', Lines) + '\n';

    public override string ToString() => $"{Page}:{Line}";
}
