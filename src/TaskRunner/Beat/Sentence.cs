using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Texts that come from elsewhere (exceptions, user code, the database), made to fit a column and a line of the log.</summary>
internal static class Sentence
{
    /// <summary>Characters that the columns <c>ticks.reason</c> and <c>schedules.problem</c> take.</summary>
    public const int Longest = 1000;

    /// <summary>One line of at most <see cref="Longest"/> characters that PostgreSQL can store; what is cut off ends in an ellipsis.</summary>
    public static string? Fit(string? text)
    {
        if (text is null)
        {
            return null;
        }

        // Cut first: the rest is not worth the work. Half a pair at the cut is repaired like any other.
        var line = StorableText.Text(text.Length > Longest ? string.Concat(text.AsSpan(0, Longest - 1), "…") : text)!;
        return line.Any(char.IsControl) ? string.Concat(line.Select(c => char.IsControl(c) ? ' ' : c)) : line;
    }

    /// <summary>What an exception says, without the full stop; an exception of user code may throw when it is asked.</summary>
    public static string Of(Exception exception)
    {
        try
        {
            return Fit(exception.Message.Trim().TrimEnd('.')) is { Length: > 0 } text ? text : exception.GetType().Name;
        }
#pragma warning disable CA1031 // Whatever it throws, the tick that it stands for is told by the name of its type.
        catch (Exception)
#pragma warning restore CA1031
        {
            return exception.GetType().Name;
        }
    }
}
