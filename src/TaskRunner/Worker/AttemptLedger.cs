using Microsoft.Extensions.Logging;

namespace TaskRunner.Worker;

/// <summary>
/// Accounts for the attempts of a worker: what was fetched is settled or alive, so every attempt that is over reaches the loop. A difference that stays means that one did
/// not, and that its slot is lost with it; then only a restart helps, since the lease is renewed and no other worker takes the task over.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="logger">Told once when a difference stays.</param>
/// <param name="concurrency">How many tasks the worker runs at a time.</param>
internal sealed partial class AttemptLedger(int concurrency, TimeProvider time, ILogger logger)
{
    /// <summary>With this many attempts that are settled and do not leave their thread the worker is held to be sick.</summary>
    public int MostLingering { get; } = Math.Max(4, concurrency);

    /// <summary>For so long a difference may last.</summary>
    public static readonly TimeSpan LongestDifference = TimeSpan.FromSeconds(30);

    // The loop's own.
    private long settled;

    // Of all threads: two counts for an attempt, the rest follows from them.
    private long over;
    private long left;
    private long faulted;
    private long difference;
    private long since;
    private long lingersSince;
    private bool isTold;

    /// <summary>How long code of the application may take before and after a handler (log scopes, spans, disposal, texts of exceptions) before the attempt is settled without it; 30 s.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts that left their thread without a settlement, since the start. The loop settled them.</summary>
    public long Faulted => Volatile.Read(ref faulted);

    /// <summary>Attempts that are settled and still in code of the application: a log provider, a disposal, a text of an exception.</summary>
    public long Lingering
    {
        get
        {
            // In this order, since an attempt is over before it leaves.
            var gone = Volatile.Read(ref left);
            return Math.Max(0, Volatile.Read(ref over) - gone);
        }
    }

    /// <summary>How many attempts are neither settled nor alive; 0 when all is well.</summary>
    public long Unaccounted => Volatile.Read(ref difference);

    /// <summary>Why the process should be restarted; null when it need not.</summary>
    public string? Trouble
    {
        get
        {
            var (lost, length) = (Unaccounted, time.GetElapsedTime(Volatile.Read(ref since)));
            if (lost != 0 && length >= LongestDifference)
            {
                return $"for {length.TotalSeconds:0} s {lost} attempts are neither settled nor alive: their slots are lost";
            }

            var (first, stuck) = (Volatile.Read(ref lingersSince), Lingering);
            return first != 0 && stuck >= MostLingering && time.GetElapsedTime(first) >= Patience
                ? $"{stuck} attempts are settled and still hold a thread: a log provider, a disposal or the text of an exception does not return"
                : null;
        }
    }

    /// <summary>An attempt is over: from now on its settlement accounts for it. Any thread may say so.</summary>
    /// <param name="holdsThread">Whether it still has a thread, and will say <see cref="NoteLeft"/>.</param>
    public void NoteOver(bool holdsThread)
    {
        Interlocked.Increment(ref over);
        if (!holdsThread)
        {
            NoteLeft();
        }
    }

    /// <summary>An attempt that is over left its thread. Any thread may say so.</summary>
    public void NoteLeft() => Interlocked.Increment(ref left);

    /// <summary>An attempt left its thread without a settlement. Any thread may say so.</summary>
    public void NoteFaulted() => Interlocked.Increment(ref faulted);

    /// <summary>The settlement of an attempt is with the loop. For the fetch loop.</summary>
    public void NoteSettled() => settled++;

    /// <summary>Compares. For the fetch loop, right after it has taken in what ended; an attempt that ends in this instant makes a difference that is gone the next time.</summary>
    public void Balance()
    {
        if (Lingering < MostLingering)
        {
            Volatile.Write(ref lingersSince, 0);
        }
        else if (lingersSince == 0)
        {
            Volatile.Write(ref lingersSince, Math.Max(1, time.GetTimestamp()));
        }

        // Whatever is over, with or without a settlement of its own, is to be settled; what ends in this moment is missing for that long.
        var missing = Volatile.Read(ref over) + Volatile.Read(ref faulted) - settled;
        var before = Volatile.Read(ref difference);
        if (missing == 0)
        {
            Volatile.Write(ref difference, 0);
            return;
        }

        if (before == 0)
        {
            Volatile.Write(ref since, time.GetTimestamp());
            isTold = false;
        }

        // The smallest that was seen: others may be on their way.
        Volatile.Write(ref difference, before == 0 || Math.Abs(missing) < Math.Abs(before) ? missing : before);
        if (!isTold && Trouble is { } trouble)
        {
            isTold = true;
            LogDifference(logger, trouble);
        }
    }

    [LoggerMessage(LogLevel.Critical, "Attempts lost: {Trouble}. The worker asks to be restarted")]
    private static partial void LogDifference(ILogger logger, string trouble);
}
