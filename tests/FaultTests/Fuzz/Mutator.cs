namespace TaskRunner.FaultTests.Fuzz;

/// <summary>Makes bad inputs from good ones, the same ones for the same seed.</summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> samples)
{
    private static readonly byte[][] Numbers = [.. new[] { "-1", "0", "1", "-2", "65536", "2147483647", "2147483648", "9223372036854775807", "99999999999999999999", "1e9", "" }.Select(System.Text.Encoding.ASCII.GetBytes)];

    private readonly Random random = new(seed);

    public Random Random => random;

    /// <summary>A sample with one to eight changes.</summary>
    public byte[] Next()
    {
        var bytes = new List<byte>(Sample());
        for (var changes = random.Next(1, 9); changes > 0; changes--)
        {
            Change(bytes);
        }

        return [.. bytes];
    }

    private byte[] Sample() => samples[random.Next(samples.Count)];

    private void Change(List<byte> bytes)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.Insert(at, (byte)random.Next(256));
                break;
            case 3 when at < bytes.Count:
                bytes.RemoveRange(at, random.Next(1, Math.Min(8, bytes.Count - at) + 1));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.InsertRange(at, Sample());
                break;
            case 6 when at < bytes.Count:
                bytes.InsertRange(at, bytes.GetRange(at, random.Next(1, Math.Min(16, bytes.Count - at) + 1)));
                break;
            case 7:
                ReplaceNumber(bytes, at);
                break;
        }
    }

    // Lengths and counts are where a parser goes wrong.
    private void ReplaceNumber(List<byte> bytes, int from)
    {
        var start = bytes.FindIndex(Math.Min(from, bytes.Count), static b => b is >= (byte)'0' and <= (byte)'9');
        if (start < 0)
        {
            return;
        }

        var end = bytes.FindIndex(start, static b => b is < (byte)'0' or > (byte)'9');
        bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
        bytes.InsertRange(start, Numbers[random.Next(Numbers.Length)]);
    }
}
