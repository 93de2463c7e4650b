using System.Numerics;

namespace TaskRunner.Tests.Beat.Oracle;

/// <summary>A set of minutes of the ten years, one bit each.</summary>
internal sealed class MinuteSet
{
    // Walls run up to a day ahead of UTC and behind it.
    public const int Margin = 2 * 24 * 60;

    private readonly ulong[] bits = new ulong[((ZoneHistory.Minutes + (2 * Margin)) / 64) + 2];

    public void Set(int minute, bool value)
    {
        var at = minute + Margin;
        if (value)
        {
            bits[at >> 6] |= 1UL << at;
        }
        else
        {
            bits[at >> 6] &= ~(1UL << at);
        }
    }

    public bool Has(int minute) => (bits[(minute + Margin) >> 6] >> (minute + Margin) & 1) != 0;

    /// <summary>The first minute of the set from one on; past the ten years when there is none.</summary>
    public int NextFrom(int minute)
    {
        var at = minute + Margin;
        var word = bits[at >> 6] & (ulong.MaxValue << at);
        for (var i = at >> 6; i < bits.Length; word = ++i < bits.Length ? bits[i] : 0)
        {
            if (word != 0)
            {
                return (i << 6) + BitOperations.TrailingZeroCount(word) - Margin;
            }
        }

        return int.MaxValue;
    }

    /// <summary>Copies the minutes of another set that start <paramref name="shift"/> later there.</summary>
    public void Copy(MinuteSet other, int from, int to, int shift)
    {
        for (var minute = from; minute < to;)
        {
            var at = minute + Margin;
            if ((at & 63) == 0 && to - minute >= 64)
            {
                bits[at >> 6] = other.WordAt(at + shift);
                minute += 64;
            }
            else
            {
                Set(minute, other.Has(minute + shift));
                minute++;
            }
        }
    }

    private ulong WordAt(int at)
    {
        var low = bits[at >> 6] >> at;
        return (at & 63) == 0 ? low : low | bits[(at >> 6) + 1] << (64 - (at & 63));
    }
}
