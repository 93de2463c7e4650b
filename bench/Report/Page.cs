using System.Globalization;
using System.Text;
using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Report;

/// <summary>A page in Markdown, with what every report says in the same way.</summary>
internal sealed class Page
{
    private readonly StringBuilder text = new();

    /// <summary>Adds a paragraph, or a heading.</summary>
    public void Add(FormattableString paragraph) => text.Append(Text(paragraph)).Append("\n\n");

    /// <summary>Says which command wrote the page, and when.</summary>
    /// <param name="target">Of <c>make</c>.</param>
    /// <param name="how">What else is to be said of the run.</param>
    public void AddOrigin(string target, FormattableString how) =>
        Add($"Written by `make {target}` on {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC{Text(how)}");

    /// <summary>Says what was measured on.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="server">The server that matters.</param>
    /// <param name="how">How the machine was shared.</param>
    public void AddMachine(Machine machine, string server, string how = "") => Add(
        $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryGib:0.#} GiB; {machine.System}, kernel {machine.Kernel}; {server}; {machine.Runtime}. Load average at the start: {machine.LoadAtStart:0.0}.{how}");

    /// <summary>Adds a table: the first column names, the others are numbers.</summary>
    public void AddTable(IReadOnlyList<string> columns, IEnumerable<(string What, IEnumerable<string> Cells)> rows)
    {
        Row(["", .. columns]);
        Row(["---", .. columns.Select(_ => "---:")]);
        foreach (var (what, cells) in rows)
        {
            Row([what, .. cells]);
        }

        text.Append('\n');
    }

    /// <summary>Adds a list, if there is something in it.</summary>
    public void AddList(IReadOnlyList<string> lines)
    {
        if (lines.Count > 0)
        {
            text.AppendJoin('\n', lines.Select(line => $"- {line}")).Append("\n\n");
        }
    }

    /// <summary>A text with its numbers as they are written here.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    public override string ToString() => text.ToString().TrimEnd() + "\n";

    private void Row(IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
