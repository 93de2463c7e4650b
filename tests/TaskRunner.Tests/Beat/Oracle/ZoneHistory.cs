using System.Buffers.Binary;
using System.Globalization;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>The offsets of a zone over ten years, read from the files of the tz database and not from the framework.</summary>
/// <remarks>All numbers are minutes: instants since the start of the ten years, UTC; offsets east of UTC.</remarks>
internal sealed record ZoneHistory(string Names, IReadOnlyList<(int From, int Offset)> Spans)
{
    public const string Folder = "/usr/share/zoneinfo";

    public static readonly DateTimeOffset First = new(2010, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly int Minutes = (int)(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) - First).TotalMinutes;

    /// <summary>The name of one zone with that history.</summary>
    public string Name => Names.Split(' ')[0];

    /// <summary>All zones; those that agree at every minute stand together.</summary>
    public static IReadOnlyList<ZoneHistory> All()
    {
        var names = File.ReadLines(Path.Combine(Folder, "tzdata.zi"))
            .Select(line => line.Split(' '))
            .Where(words => words[0] is "Z" or "L")
            .Select(words => words[0] == "Z" ? words[1] : words[2])
            .Where(name => File.Exists(Path.Combine(Folder, name)));
        return [.. names.Select(name => (Name: name, Spans: Read(name)))
            .GroupBy(zone => string.Join(';', zone.Spans.Select(span => $"{span.From}{span.Offset:+#;-#;+0}")))
            .Select(group => new ZoneHistory(string.Join(' ', group.Select(zone => zone.Name)), group.First().Spans))];
    }

    // RFC 9636: a first block with 32-bit times, then the same with 64 bits.
    private static List<(int From, int Offset)> Read(string name)
    {
        var data = File.ReadAllBytes(Path.Combine(Folder, name)).AsSpan();
        var block = data[Size(data, 4)..];
        var count = Count(block, 32);
        var times = block[44..];
        var indexes = times[(8 * count)..];
        var offsets = indexes[count..];
        var kinds = new List<(int From, int Type)> { (0, 0) };
        for (var i = 0; i < count; i++)
        {
            var seconds = BinaryPrimitives.ReadInt64BigEndian(times[(8 * i)..]) - First.ToUnixTimeSeconds();
            if (seconds < (long)Minutes * 60)
            {
                var from = (int)Math.Max(0, seconds / 60);
                kinds.RemoveAll(kind => kind.From >= from);
                kinds.Add((from, indexes[i]));
            }
        }

        if (count > 0 && BinaryPrimitives.ReadInt64BigEndian(times[(8 * (count - 1))..]) < First.AddYears(27).ToUnixTimeSeconds() && !IsConstant(data))
        {
            throw new InvalidOperationException($"The file of {name} ends with a rule and not with the changes themselves: the tz database was built with 'zic -b slim'.");
        }

        var spans = new List<(int From, int Offset)>();
        foreach (var (from, type) in kinds)
        {
            spans.Add((from, Offset(offsets, type)));
        }

        return [.. spans.Where((span, i) => i == 0 || span.Offset != spans[i - 1].Offset)];
    }

    private static bool IsConstant(ReadOnlySpan<byte> data) => !data[data[..^1].LastIndexOf((byte)'\n')..].Contains((byte)',');

    private static int Count(ReadOnlySpan<byte> header, int at) => BinaryPrimitives.ReadInt32BigEndian(header[at..]);

    private static int Size(ReadOnlySpan<byte> header, int width) =>
        44 + (Count(header, 32) * (width + 1)) + (Count(header, 36) * 6) + Count(header, 40) + (Count(header, 28) * (width + 4)) + Count(header, 24) + Count(header, 20);

    private static int Offset(ReadOnlySpan<byte> types, int index) => BinaryPrimitives.ReadInt32BigEndian(types[(6 * index)..]) is var seconds && seconds % 60 == 0
        ? seconds / 60
        : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"An offset of {seconds} seconds in this century is unheard of."));
}
