namespace TaskRunner.Addresses;

/// <summary>One option behind the question mark of a URL. Neither name nor value is ever printed: either may be part of a password that was cut wrongly.</summary>
/// <param name="Place">Its place in the URL, from 1.</param>
/// <param name="Name">The name as written.</param>
/// <param name="Value">The value, with percent escapes decoded; empty when there is none.</param>
internal readonly record struct UrlOption(int Place, string Name, string Value)
{
    public static IReadOnlyList<UrlOption> ReadAll(string query)
    {
        var options = new List<UrlOption>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            options.Add(equals < 0
                ? new UrlOption(options.Count + 1, pair, "")
                : new UrlOption(options.Count + 1, pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..])));
        }

        return options;
    }

    /// <summary>What a message says of an option that nobody knows: its place, and the known name that comes closest.</summary>
    public string Unknown(IReadOnlyList<string> known)
    {
        var name = Name;
        var near = known.Select(other => (Name: other, Distance: Distance(name, other))).MinBy(pair => pair.Distance);
        return near.Distance <= 2
            ? $"has an unknown option at place {Place} behind the question mark: did you mean {near.Name}?"
            : $"has an unknown option at place {Place} behind the question mark: it must be one of {string.Join(", ", known)}";
    }

    // Edits that make one name of the other; long texts are no names.
    private static int Distance(string left, string right)
    {
        if (Math.Abs(left.Length - right.Length) > 2)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
