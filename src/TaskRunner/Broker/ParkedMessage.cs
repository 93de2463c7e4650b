using System.Buffers.Text;

namespace TaskRunner.Broker;

/// <summary>How rules.lua keeps a parked task: four digits, the task's place in the order of that length, its message.</summary>
internal static class ParkedMessage
{
    private const int PrefixLength = 4;

    /// <summary>The message; empty when this is no parked task.</summary>
    public static byte[] Read(byte[] kept) =>
        kept.Length > PrefixLength && Utf8Parser.TryParse(kept.AsSpan(0, PrefixLength), out int place, out _) && place >= 0 && place <= kept.Length - PrefixLength
            ? kept[(PrefixLength + place)..]
            : [];
}
