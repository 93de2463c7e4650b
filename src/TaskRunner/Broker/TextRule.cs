namespace TaskRunner.Broker;

/// <summary>What names and keys may hold: they travel through Redis, PostgreSQL, logs and terminals.</summary>
internal static class TextRule
{
    /// <summary>Whether a text has 1 to so many UTF-16 characters, no control character and no half of a surrogate pair.</summary>
    public static bool IsPlain(string text, int most)
    {
        if (text.Length == 0 || text.Length > most)
        {
            return false;
        }

        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]))
            {
                return false;
            }

            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A text for a message: what does not print is replaced, what is too long is cut.</summary>
    public static string Shown(string text)
    {
        const int longest = 100;
        var printable = string.Concat(text.Take(longest).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c));
        return text.Length > longest ? printable + "…" : printable;
    }
}
