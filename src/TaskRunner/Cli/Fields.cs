namespace TaskRunner.Cli;

/// <summary>One thing as a list of names and values. Further lines of a value are indented, so that no value passes for a name of ours.</summary>
internal static class Fields
{
    private const int Width = 14;

    /// <summary>The list without a line break at its end; names without a value are left out.</summary>
    public static string Of(params IEnumerable<(string Name, string? Value)> fields)
    {
        var next = Environment.NewLine + new string(' ', Width);
        return string.Join(Environment.NewLine, fields.Where(f => !string.IsNullOrEmpty(f.Value)).Select(f => $"{f.Name,-Width}{TerminalText.Lines(f.Value)!.ReplaceLineEndings(next)}"));
    }
}
