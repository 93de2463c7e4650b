namespace ChartTests.Rendering;

/// <summary>What the template files of a chart give for one set of values, by their paths below <c>templates</c>.</summary>
public sealed class RenderedFiles(IReadOnlyDictionary<string, string> files)
{
    private const string NotesFile = "NOTES.txt";

    /// <summary>Why the templates refuse the values; null when they take them.</summary>
    public string? Refusal { get; } = files.Values
        .Where(text => text.Contains(BatchChart.Refused, StringComparison.Ordinal))
        .Select(text => text[text.IndexOf(BatchChart.Refused, StringComparison.Ordinal)..])
        .FirstOrDefault();

    /// <summary>All objects, as one stream of YAML.</summary>
    public string Objects { get; } = string.Concat(files
        .Where(file => file.Key != NotesFile && !string.IsNullOrWhiteSpace(file.Value))
        .OrderBy(file => file.Key, StringComparer.Ordinal)
        .Select(file => $"---\n{file.Value.Trim('\n')}\n"));

    /// <summary>What helm tells the user after an installation.</summary>
    public string Notes { get; } = files.GetValueOrDefault(NotesFile, string.Empty);
}
