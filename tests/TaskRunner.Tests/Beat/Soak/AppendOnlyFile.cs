using System.Globalization;
using System.Text;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.Soak;

/// <summary>Every write that a Redis ever took, from its append-only file.</summary>
internal static class AppendOnlyFile
{
    /// <summary>How often each id was put among the remembered ones of a queue: once for each time that its task was accepted.</summary>
    public static IReadOnlyDictionary<string, int> Accepted(RedisServer redis)
    {
        var accepted = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(Path.Combine(redis.Folder, "appendonlydir"), "*.incr.aof").Order(StringComparer.Ordinal))
        {
            foreach (var command in Read(path).Where(command => command[0].Equals("ZADD", StringComparison.OrdinalIgnoreCase) && command[1].EndsWith(":u", StringComparison.Ordinal)))
            {
                accepted[command[^1]] = accepted.GetValueOrDefault(command[^1]) + 1;
            }
        }

        return accepted;
    }

    private static IEnumerable<string[]> Read(string path)
    {
        using var file = new BufferedStream(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), 1 << 20);
        while (ReadLine(file) is { } header)
        {
            var words = new string[Number(header, '*')];
            for (var i = 0; i < words.Length; i++)
            {
                var bytes = new byte[Number(ReadLine(file)!, '$') + 2];
                file.ReadExactly(bytes);
                words[i] = Encoding.Latin1.GetString(bytes, 0, bytes.Length - 2);
            }

            yield return words;
        }
    }

    private static int Number(string line, char kind) => line[0] == kind
        ? int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture)
        : throw new InvalidDataException($"Expected a line that starts with {kind}, found '{line}'.");

    private static string? ReadLine(BufferedStream file)
    {
        var line = new StringBuilder();
        for (var read = file.ReadByte(); read >= 0; read = file.ReadByte())
        {
            if (read == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append((char)read);
        }

        return null;
    }
}
