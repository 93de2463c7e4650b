namespace CustomTasks;

internal sealed record CountRequest(string Text);

internal sealed record Count(int Words, string Longest);

internal static class WordCount
{
    public static Count Of(CountRequest request)
    {
        var words = request.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new Count(words.Length, words.MaxBy(word => word.Length) ?? "");
    }
}
