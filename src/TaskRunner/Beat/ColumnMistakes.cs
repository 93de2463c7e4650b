namespace TaskRunner.Beat;

/// <summary>Columns of a row that no schedule can be made of, in words. The table's constraints let few of them in, but constraints can be dropped.</summary>
internal sealed class ColumnMistakes
{
    private List<string>? sentences;

    /// <summary>All of them in one line; null when there are none.</summary>
    public string? Text => sentences is null ? null : Sentence.Fit(string.Join("; ", sentences));

    public void Add(string column, string what) => (sentences ??= []).Add($"{column}: {what}");
}
