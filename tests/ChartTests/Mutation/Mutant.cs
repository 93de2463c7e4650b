namespace ChartTests.Mutation;

/// <summary>One small mistake in one template.</summary>
/// <param name="File">The template, as a path below <c>templates</c>.</param>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Kind">What kind of mistake it is.</param>
/// <param name="Before">The line as it is.</param>
/// <param name="After">The line as the mistake has it; empty when it is gone.</param>
public sealed record Mutant(string File, int Line, string Kind, string Before, string After)
{
    /// <summary>A name that stays when lines move.</summary>
    public string Id => $"{File}: {Kind}: {Before.Trim()} => {After.Trim()}";

    /// <summary>The text of the template with the mistake in it.</summary>
    public string Apply(string text)
    {
        var lines = text.Split('\n').ToList();
        if (After.Length == 0)
        {
            lines.RemoveAt(Line - 1);
        }
        else
        {
            lines[Line - 1] = After;
        }

        return string.Join('\n', lines);
    }
}
