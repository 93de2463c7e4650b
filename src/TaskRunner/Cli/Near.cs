namespace TaskRunner.Cli;

/// <summary>What somebody may have meant who typed a name that is not there.</summary>
internal static class Near
{
    private const int MostCandidates = 10_000;
    private const int MostMatches = 3;
    private const int LongestName = 200;

    /// <summary>The candidates that come close, the closest first, three at most.</summary>
    public static IReadOnlyList<string> To(string name, IEnumerable<string> candidates)
    {
        var most = Math.Max(1, (Math.Min(name.Length, LongestName) + 1) / 3);
        return name.Length > LongestName ? [] :
        [
            .. candidates.Where(c => c.Length <= LongestName).Take(MostCandidates).Distinct(StringComparer.Ordinal)
                .Select(c => (Name: c, Distance: Distance(name, c, most)))
                .Where(c => c.Distance <= most)
                .OrderBy(c => c.Distance).ThenBy(c => c.Name, StringComparer.Ordinal)
                .Take(MostMatches).Select(c => c.Name),
        ];
    }

    /// <summary>The end of a sentence that asks whether one of them is meant; empty when none comes close.</summary>
    public static string Question(string name, IEnumerable<string> candidates) => To(name, candidates) is { Count: > 0 } near
        ? $" Did you mean {string.Join(" or ", near.Select(n => $"'{n}'"))}?"
        : "";

    // Letters that are inserted, left out, replaced or swapped with their neighbour; upper and lower case alike. A name that only lost its end or its start is near, too.
    private static int Distance(string a, string b, int most)
    {
        if (a.Length >= 3 && (b.StartsWith(a, StringComparison.OrdinalIgnoreCase) || b.EndsWith(a, StringComparison.OrdinalIgnoreCase)))
        {
            return 1;
        }

        if (Math.Abs(a.Length - b.Length) > most)
        {
            return int.MaxValue;
        }

        var (x, y) = (a.ToUpperInvariant(), b.ToUpperInvariant());
        var rows = new int[3][];
        for (var r = 0; r < 3; r++)
        {
            rows[r] = new int[y.Length + 1];
        }

        for (var j = 0; j <= y.Length; j++)
        {
            rows[0][j] = j;
        }

        for (var i = 1; i <= x.Length; i++)
        {
            var (row, above, twoAbove) = (rows[i % 3], rows[(i - 1) % 3], rows[(i + 1) % 3]);
            row[0] = i;
            for (var j = 1; j <= y.Length; j++)
            {
                row[j] = Math.Min(Math.Min(above[j] + 1, row[j - 1] + 1), above[j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                {
                    row[j] = Math.Min(row[j], twoAbove[j - 2] + 1);
                }
            }
        }

        return rows[x.Length % 3][y.Length];
    }
}
