using System.Globalization;

namespace TaskRunner.Beat;

/// <summary>Reads one field of a cron expression: lists of <c>*</c>, values, ranges and steps, and what is special to days.</summary>
/// <param name="field">Which field.</param>
/// <param name="number">Its place, counted from 1.</param>
/// <param name="offset">Where its text starts in the expression, counted from 0.</param>
internal sealed class CronReader(CronField field, int number, int offset)
{
    /// <summary>The values that match, one bit each.</summary>
    public ulong Bits { get; private set; }

    /// <summary>Whether the field has a <c>*</c> or a step.</summary>
    public bool HasWildcard { get; private set; }

    /// <summary>Whether the field restricts nothing in the eyes of classic cron: it starts with <c>*</c> or is <c>?</c>.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Reads the text of the field; pieces special to days go to <paramref name="days"/>.</summary>
    public CronReader Read(string text, CronDays days)
    {
        IsOpen = text[0] is '*' or '?';
        var start = 0;
        foreach (var piece in text.Split(','))
        {
            if (piece.Length == 0)
            {
                throw Mistake(start, "a value is missing");
            }

            if (!ReadSpecial(piece, start, days))
            {
                ReadRange(piece, start);
            }

            start += piece.Length + 1;
        }

        return this;
    }

    private void ReadRange(string piece, int start)
    {
        var slash = piece.IndexOf('/', StringComparison.Ordinal);
        var range = slash < 0 ? piece : piece[..slash];
        var step = slash < 0 ? 1 : ReadStep(piece[(slash + 1)..], start + slash + 1);
        HasWildcard |= slash >= 0;
        if (range == "*" || (range == "?" && (field == CronField.DayOfMonth || field == CronField.DayOfWeek)))
        {
            HasWildcard = true;
            Add(field.Min, field.Min + field.Count - 1, step);
            return;
        }

        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var first = dash < 0 ? field.Wrap(ReadValue(range, start)) : ReadValue(range[..dash], start);
        var last = dash >= 0 ? ReadValue(range[(dash + 1)..], start + dash + 1) : slash >= 0 ? field.Min + field.Count - 1 : first;
        Add(first, last < first ? last + field.Count : last, step);
    }

    private void Add(int first, int last, int step)
    {
        for (var value = first; value <= last; value += step)
        {
            Bits |= 1UL << field.Wrap(value);
        }
    }

    private bool ReadSpecial(string piece, int start, CronDays days)
    {
        var upper = piece.ToUpperInvariant();
        if (field == CronField.DayOfMonth)
        {
            return ReadSpecialDay(upper, start, days);
        }

        var hash = upper.IndexOf('#', StringComparison.Ordinal);
        if (field != CronField.DayOfWeek || (hash < 0 && !upper.EndsWith('L')))
        {
            return false;
        }

        if (hash < 0)
        {
            days.AddLastWeekday(field.Wrap(ReadValue(upper[..^1], start)));
            return true;
        }

        var weekday = field.Wrap(ReadValue(upper[..hash], start));
        days.AddNthWeekday(weekday, ReadNumber(upper[(hash + 1)..], start + hash + 1, 1, 5));
        return true;
    }

    private bool ReadSpecialDay(string upper, int start, CronDays days)
    {
        if (upper is "LW" or "WL")
        {
            days.AddLastWorkday();
        }
        else if (upper == "L")
        {
            days.AddDayFromEnd(0);
        }
        else if (upper.StartsWith("L-", StringComparison.Ordinal))
        {
            days.AddDayFromEnd(ReadNumber(upper[2..], start + 2, 1, 30));
        }
        else if (upper.EndsWith('W'))
        {
            days.AddNearestWorkday(ReadValue(upper[..^1], start));
        }
        else
        {
            return false;
        }

        return true;
    }

    private int ReadStep(string text, int start) => ReadNumber(text, start, 1, field.Count, "the step ");

    private int ReadValue(string text, int start)
    {
        var name = Array.FindIndex(field.Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return name >= 0 ? name + field.Min : ReadNumber(text, start, field.Min, field.Max);
    }

    private int ReadNumber(string text, int start, int min, int max, string what = "")
    {
        if (text.Length == 0)
        {
            throw Mistake(start, $"{what}{(what.Length > 0 ? "has no number" : "a value is missing")}");
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            var digits = text.All(char.IsAsciiDigit);
            throw Mistake(start, digits ? $"{what}{text} is not between {min} and {max}" : $"{what}'{text}' is not understood");
        }

        return value >= min && value <= max ? value : throw Mistake(start, $"{what}{value} is not between {min} and {max}");
    }

    private FormatException Mistake(int position, string what) => new($"{field.Name} (field {number}, position {offset + position + 1}): {what}");
}
