using System.Buffers.Binary;

namespace TaskRunner.Beat;

/// <summary>Spreads ticks that fall on the same instant, always in the same way.</summary>
public static class ScheduleJitter
{
    /// <summary>How long the task of a tick waits: between nothing and <paramref name="most"/>, in whole milliseconds.</summary>
    /// <param name="taskId">The id of the tick's task; it is made from schedule and nominal time, so that every beat finds the same.</param>
    /// <param name="most">The schedule's jitter.</param>
    public static TimeSpan Of(Guid taskId, TimeSpan most)
    {
        Span<byte> bytes = stackalloc byte[16];
        taskId.TryWriteBytes(bytes, bigEndian: true, out _);

        // The last seven bytes of a name-based id are plain hash; version and variant stand before them.
        var draw = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) & 0x00FF_FFFF_FFFF_FFFF;
        return TimeSpan.FromMilliseconds(draw % ((ulong)most.TotalMilliseconds + 1));
    }
}
