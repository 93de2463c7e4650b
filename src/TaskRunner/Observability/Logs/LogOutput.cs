using TaskRunner.Loops;

namespace TaskRunner.Observability;

/// <summary>
/// Writes log lines to a stream on a thread of its own. A stream that does not take them, since nobody reads, costs lines and nothing else: what does not fit the queue is
/// counted and dropped, which is said once when the stream takes lines again.
/// </summary>
/// <param name="stream">Where lines go; may block for ever.</param>
/// <param name="losses">Counts lines that are dropped.</param>
/// <param name="lossLine">Makes the line that says how many were lost.</param>
internal sealed class LogOutput(Stream stream, LogLosses losses, Func<long, byte[]> lossLine) : IDisposable
{
    private const int MostLines = 10_000;
    private const int MostBytes = 4 * 1024 * 1024;
    private const int MostAtOnce = 64 * 1024;

    // At the end of the process: a reader that is slow gets what is left, one that does not read holds up nothing.
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(2);

    private readonly Queue<byte[]> lines = new();
    private readonly object gate = new();
    private Thread? thread;
    private long bytes;
    private long lost;
    private bool isClosed;

    /// <summary>Supervises the thread, once there is a supervisor.</summary>
    public SupervisedLoop? Loop { get; set; }

    /// <summary>Queues a line; never blocks.</summary>
    public void Write(byte[] line)
    {
        lock (gate)
        {
            if (isClosed || lines.Count >= MostLines || bytes + line.Length > MostBytes)
            {
                lost++;
                losses.Add(1);
                return;
            }

            lines.Enqueue(line);
            bytes += line.Length;
            thread ??= Start();
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Gives the stream a moment to take what is queued.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            Monitor.Pulse(gate);
        }

        thread?.Join(LastPatience);
    }

    // Not by the supervisor, whose log this is; it is told of what fails.
    private Thread Start()
    {
        var writer = new Thread(Run) { IsBackground = true, Name = "log" };
        writer.Start();
        return writer;
    }

    private void Run()
    {
        while (Take() is var (batch, count) && count > 0)
        {
            try
            {
                Loop?.Step("write");

                // A reader may take as long as it likes.
                Loop?.Rests();
                stream.Write(batch);
                stream.Flush();
                Loop?.Turned();
            }
            catch (Exception e) when (Survivable.Any(e))
            {
                losses.Add(count);
                if (e is not IOException)
                {
                    Loop?.Failed(e);
                }
            }
        }
    }

    /// <summary>Waits for lines; none are left when there is a count of zero, at the end.</summary>
    private (byte[] Batch, int Count) Take()
    {
        lock (gate)
        {
            while (lines.Count == 0 && !isClosed)
            {
                Monitor.Wait(gate);
            }

            var (length, count) = (0, 0);
            var batch = new List<byte[]>();
            while (lines.Count > 0 && (count == 0 || length + lines.Peek().Length <= MostAtOnce))
            {
                batch.Add(lines.Dequeue());
                length += batch[^1].Length;
                count++;
            }

            bytes -= length;
            if (lines.Count == 0 && lost > 0)
            {
                // What was lost is newer than what was queued.
                batch.Add(lossLine(lost));
                count++;
                lost = 0;
            }

            return ([.. batch.SelectMany(line => line)], count);
        }
    }
}

/// <summary>Counts log lines that were dropped.</summary>
internal sealed class LogLosses
{
    private long count;

    public long Count => Interlocked.Read(ref count);

    public void Add(int lines) => Interlocked.Add(ref count, lines);
}
