using System.Text;

namespace TaskRunner.Cli;

/// <summary>Columns as wide as their widest cell, the way kubectl prints them. Each row is one line, whatever its cells hold.</summary>
internal sealed class Table(params string[] headers)
{
    // One cell of a hundred thousand characters would pad every row to that width.
    private const int WidestCell = 200;

    private readonly List<string[]> rows = [];

    public void Add(params string[] cells) => rows.Add([.. cells.Select((cell, column) => Shown(cell, isLast: column == headers.Length - 1))]);

    public override string ToString()
    {
        var widths = headers.Select((header, column) => rows.Select(r => r[column].Length).Append(header.Length).Max()).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows.Prepend(headers))
        {
            text.AppendLine(string.Concat(row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column] + 3))).TrimEnd());
        }

        return text.ToString();
    }

    private static string Shown(string cell, bool isLast) =>
        TerminalText.OneLine(isLast || cell.Length <= WidestCell ? cell : string.Concat(cell.AsSpan(0, char.IsHighSurrogate(cell[WidestCell - 2]) ? WidestCell - 2 : WidestCell - 1), "…"));
}
