namespace TaskRunner.Beat;

/// <summary>The words that stand for the values of an enumeration in files, flags and columns.</summary>
internal sealed class WordList<T>(params (string Word, T Value)[] words)
    where T : struct, Enum
{
    /// <summary>All words, separated by commas.</summary>
    public string All { get; } = string.Join(", ", words.Select(word => word.Word));

    public string Of(T value) => words.First(word => EqualityComparer<T>.Default.Equals(word.Value, value)).Word;

    /// <exception cref="FormatException">The text is none of the words.</exception>
    public T Parse(string text) => TryParse(text, out var value) ? value : throw new FormatException($"'{text}' is not one of {All}");

    /// <summary>The value of a word; false when the text is none of them.</summary>
    public bool TryParse(string text, out T value)
    {
        foreach (var (word, known) in words)
        {
            if (word == text)
            {
                value = known;
                return true;
            }
        }

        value = default;
        return false;
    }
}
