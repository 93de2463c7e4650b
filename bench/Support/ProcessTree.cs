using System.Globalization;

namespace TaskRunner.Bench.Support;

/// <summary>What the kernel knows of a process and its children.</summary>
internal static class ProcessTree
{
    // USER_HZ, which is 100 on every Linux.
    private const double TicksPerSecond = 100;

    /// <summary>The process and all its children, from the top.</summary>
    public static IReadOnlyList<int> Ids(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Fields(id) is { } fields)
            {
                parents[id] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        List<int> family = [root];
        for (var i = 0; i < family.Count; i++)
        {
            family.AddRange(parents.Where(p => p.Value == family[i]).Select(p => p.Key));
        }

        return family;
    }

    /// <summary>Seconds of CPU that they used so far, user and kernel; children that have ended are in it.</summary>
    public static double CpuSeconds(IReadOnlyList<int> ids) => ids.Sum(id => Fields(id) is { } f ? (Number(f[11]) + Number(f[12]) + Number(f[13]) + Number(f[14])) / TicksPerSecond : 0);

    /// <summary>Resident and proportional memory in MiB.</summary>
    public static (double Rss, double Pss) Memory(int root)
    {
        var (rss, pss) = (0.0, 0.0);
        foreach (var id in Ids(root))
        {
            try
            {
                foreach (var line in File.ReadLines($"/proc/{id}/smaps_rollup"))
                {
                    rss += Kilobytes(line, "Rss:") / 1024;
                    pss += Kilobytes(line, "Pss:") / 1024;
                }
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return (rss, pss);
    }

    private static double Kilobytes(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) ? Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) : 0;

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // The fields behind the name, which may hold spaces: state, parent, ...
    private static string[]? Fields(int id)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{id}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
