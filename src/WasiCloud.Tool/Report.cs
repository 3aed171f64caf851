using System.Runtime.CompilerServices;
using Spectre.Console;
using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool;

/// <summary>Rows under headings: tables on a terminal, otherwise lines of the heading and the cells, separated by tabs.</summary>
internal sealed class Report
{
    // Of one heading. A module may have 100,000 imports; programs that people link have less than this.
    private const int MaxRows = 10_000;

    private readonly List<(string Heading, string[] Cells)> _rows = [];

    public void Add(string heading, params string[] cells) => _rows.Add((heading, [.. cells.Select(static cell => SafeText.OfMessage(cell))]));

    /// <summary>Adds a row for each of <paramref name="items"/>, and one that says how many were left out.</summary>
    public void AddAll<T>(string heading, IReadOnlyCollection<T> items, Func<T, string[]> toCells)
    {
        foreach (var item in items.Take(MaxRows)) Add(heading, toCells(item));
        if (items.Count > MaxRows) Add(heading, FormattableString.Invariant($"and {items.Count - MaxRows} more"));
    }

    public void Print(TextWriter output, bool isTerminal)
    {
        if (isTerminal) PrintTables(output);
        else foreach (var (heading, cells) in _rows) output.WriteLine(string.Join('\t', cells.Prepend(heading)));
        output.Flush();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PrintTables(TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        var table = new Table().Border(TableBorder.Rounded).HideHeaders();
        var columns = 1 + _rows.Max(row => row.Cells.Length);
        for (var column = 0; column < columns; column++) table.AddColumn(string.Empty);
        var last = string.Empty;
        foreach (var (heading, cells) in _rows)
        {
            table.AddRow([new Text(heading == last ? string.Empty : heading, new Style(decoration: Decoration.Bold)), .. cells.Select(cell => new Text(cell))]);
            last = heading;
        }

        console.Write(table);
    }
}
