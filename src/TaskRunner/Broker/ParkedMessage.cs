using System.Buffers.Text;
using System.Text;

namespace TaskRunner.Broker;

/// <summary>How rules.lua keeps a parked task: four digits, the task's place in the order of that length, its message.</summary>
internal static class ParkedMessage
{
    private const int PrefixLength = 4;

    /// <summary>What the task waits for: <c>c:</c> and a concurrency key, <c>k:</c> and a rate key, <c>t:</c> and a task type, <c>n:</c> and a kind; null when this is no parked task.</summary>
    public static string? Bucket(byte[] kept)
    {
        // Behind the bucket: a NUL, a digit of priority, 16 digits of its turn, the id.
        const int rest = 1 + 1 + 16 + 32;
        return kept.Length > PrefixLength && Utf8Parser.TryParse(kept.AsSpan(0, PrefixLength), out int place, out _) && place >= rest && place <= kept.Length - PrefixLength
            ? Encoding.UTF8.GetString(kept, PrefixLength, place - rest)
            : null;
    }

    /// <summary>The message; empty when this is no parked task.</summary>
    public static byte[] Read(byte[] kept) =>
        kept.Length > PrefixLength && Utf8Parser.TryParse(kept.AsSpan(0, PrefixLength), out int place, out _) && place >= 0 && place <= kept.Length - PrefixLength
            ? kept[(PrefixLength + place)..]
            : [];
}
