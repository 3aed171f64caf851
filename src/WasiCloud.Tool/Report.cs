using System.Runtime.CompilerServices;
using Spectre.Console;

namespace WasiCloud.Tool;

/// <summary>Rows under headings: tables on a terminal, otherwise lines of the heading and the cells, separated by tabs.</summary>
internal sealed class Report
{
    private readonly List<(string Heading, string[] Cells)> _rows = [];

    public void Add(string heading, params string[] cells) => _rows.Add((heading, [.. cells.Select(PlainText.Of)]));

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
