using System.Numerics;
using Npgsql;

namespace TaskRunner.Beat;

/// <summary>Reads columns of a row of <c>schedules</c>: what a column holds is a value or a note, and never an exception.</summary>
/// <param name="reader">Stands on the row.</param>
/// <param name="at">Its column 0.</param>
/// <param name="mistakes">Where notes go.</param>
internal readonly struct ColumnReader(NpgsqlDataReader reader, int at, ColumnMistakes mistakes)
{
    public string? Text(int column) => reader.IsDBNull(at + column) ? null : reader.GetString(at + column);

    /// <summary>A text that means something else when its end is cut off.</summary>
    public string? Whole(int column, string name)
    {
        if (Text(column) is not { Length: >= ScheduleColumns.LongestText } text)
        {
            return Text(column);
        }

        mistakes.Add(name, $"must have fewer than {ScheduleColumns.LongestText} characters");
        return text;
    }

    /// <summary>A text that must be there.</summary>
    public string? Needed(int column, string name)
    {
        if (Text(column) is { } text)
        {
            return text;
        }

        mistakes.Add(name, "is missing");
        return null;
    }

    /// <summary>A text that must be there and keep to a rule.</summary>
    /// <param name="column">Number of the column.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isValid">Whether a text keeps to the rule.</param>
    /// <param name="rule">The rule, a clause.</param>
    public string? Ruled(int column, string name, Func<string, bool> isValid, string rule)
    {
        var text = Needed(column, name);
        if (text is not null && !isValid(text))
        {
            mistakes.Add(name, $"'{TerminalText.Quote(text)}' is not valid: {rule}");
        }

        return text;
    }

    /// <summary>A time in whole milliseconds.</summary>
    public TimeSpan? Duration(int column, string name, TimeSpan least, TimeSpan most)
    {
        if (reader.IsDBNull(at + column))
        {
            return null;
        }

        var milliseconds = reader.GetInt64(at + column);
        if (milliseconds >= least.TotalMilliseconds && milliseconds <= most.TotalMilliseconds)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        mistakes.Add(name, $"{milliseconds} must be from {least.TotalMilliseconds:0} to {most.TotalMilliseconds:0}");
        return null;
    }

    /// <summary>An instant of the calendar.</summary>
    public DateTimeOffset? Instant(int column, string name)
    {
        if (reader.IsDBNull(at + column))
        {
            return null;
        }

        var instant = reader.GetFieldValue<long>(at + column);
        if (PgInstant.IsInCalendar(instant))
        {
            return PgInstant.Clamp(instant);
        }

        mistakes.Add(name, $"{PgInstant.Print(instant)} is not in the years 1 to 9999");
        return null;
    }

    /// <summary>A limit of the calendar or none: one outside the years 1 to 9999 limits nothing, or leaves nothing.</summary>
    /// <param name="column">The column.</param>
    /// <param name="none">The infinity that stands for no limit.</param>
    public DateTimeOffset? Bound(int column, long none)
    {
        if (reader.IsDBNull(at + column))
        {
            return null;
        }

        var instant = reader.GetFieldValue<long>(at + column);
        var limitsNothing = !PgInstant.IsInCalendar(instant) && instant > 0 == none > 0;
        return limitsNothing ? null : PgInstant.Clamp(instant);
    }

    public T Word<T>(int column, string name, WordList<T> words, T standard)
        where T : struct, Enum
    {
        if (Needed(column, name) is not { } text)
        {
            return standard;
        }

        if (words.TryParse(text, out var value))
        {
            return value;
        }

        mistakes.Add(name, $"'{text}' is not one of {words.All}");
        return standard;
    }

    public T Number<T>(int column, string name, T least, T most, T standard)
        where T : struct, INumber<T>
    {
        if (reader.IsDBNull(at + column))
        {
            mistakes.Add(name, "is missing");
            return standard;
        }

        var number = reader.GetFieldValue<T>(at + column);
        if (number >= least && number <= most)
        {
            return number;
        }

        mistakes.Add(name, $"{number} must be from {least} to {most}");
        return standard;
    }

    public string Arguments(int column)
    {
        if (Text(column) is { } text)
        {
            return text;
        }

        mistakes.Add("arguments", "must be JSON that fits in a message (TASKRUNNER_MAX_PAYLOAD_BYTES)");
        return "{}";
    }
}
