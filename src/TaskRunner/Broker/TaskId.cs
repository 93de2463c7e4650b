using System.Buffers.Binary;

namespace TaskRunner.Broker;

/// <summary>
/// Makes ids that sort in the order in which one process made them: UUIDs of version 7 whose 12 bits behind the time count up
/// (RFC 9562, section 6.2, method 1). What is put back into a list can so keep its order.
/// </summary>
internal static class TaskId
{
    private const int MostInOneMillisecond = 0xFFF;

    private static readonly Lock Gate = new();
    private static long lastMilliseconds;
    private static int counter;

    /// <summary>The next id; never smaller than the one before, also when the clock goes back.</summary>
    public static Guid Next(TimeProvider time)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        int count;
        lock (Gate)
        {
            if (now > lastMilliseconds)
            {
                (lastMilliseconds, counter) = (now, 0);
            }
            else if (++counter > MostInOneMillisecond)
            {
                // More ids than fit into one millisecond are borrowed from the next.
                (lastMilliseconds, counter) = (lastMilliseconds + 1, 0);
            }

            (now, count) = (lastMilliseconds, counter);
        }

        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(DateTimeOffset.FromUnixTimeMilliseconds(now)).TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | count));
        return new Guid(bytes, bigEndian: true);
    }
}
