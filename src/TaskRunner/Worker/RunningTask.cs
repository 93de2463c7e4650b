using System.Threading.Channels;
using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// One task that this worker holds, from its fetch to its settlement: the token by which it is told to stop, and how far its attempt has come. Whatever
/// happens on the attempt's thread, exactly one settlement comes out: the first to call <see cref="TryEnd"/> decides.
/// </summary>
internal sealed class RunningTask : IThreadPoolWorkItem, IConversionWatch, IDisposable
{
    private readonly Processor processor;
    private readonly ChannelWriter<RunningTask> ends;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenRegistration registration;
    private int phase;
    private volatile Conversion conversion;
    private volatile int steps;
    private volatile bool cancelled;
    private volatile bool isFaulted;

    // For the loop, which looks once a second: what it saw then, and when it saw it first.
    private int stepsSeen = -1;
    private long seenSince;

    /// <param name="held">What the broker booked on this worker.</param>
    /// <param name="life">In whose name it was fetched.</param>
    /// <param name="processor">Runs it.</param>
    /// <param name="ends">Where it goes once it has a settlement.</param>
    /// <param name="ended">Cancelled when all tasks of this incarnation must stop.</param>
    public RunningTask(Held held, Incarnation life, Processor processor, ChannelWriter<RunningTask> ends, CancellationToken ended)
    {
        Held = held;
        Life = life;
        this.processor = processor;
        this.ends = ends;

        // Not linked: callbacks of user code run for each task on a thread of the pool, and one that blocks or throws stops no other task's.
        registration = ended.UnsafeRegister(static self => ((RunningTask)self!).Stop(), this);
    }

    /// <summary>What the broker booked on this worker.</summary>
    public Held Held { get; }

    /// <summary>In whose name it was fetched.</summary>
    public Incarnation Life { get; }

    /// <summary>Cancelled when this task must stop.</summary>
    public CancellationToken Token => stop.Token;

    /// <summary>Whether somebody cancelled the task.</summary>
    public bool IsCancelled => cancelled;

    public AttemptPhase Phase => (AttemptPhase)Volatile.Read(ref phase);

    /// <summary>What is read or written as JSON now.</summary>
    public Conversion Conversion => conversion;

    /// <summary>What is known of the attempt; null until its message was read.</summary>
    public Attempt? Attempt { get; set; }

    /// <summary>What made the attempt leave its thread without a settlement; null when nothing did.</summary>
    public Exception? Cause { get; set; }

    /// <summary>How it ended; null until it has.</summary>
    public ProcessedTask? Processed { get; private set; }

    /// <summary>Runs the attempt, on a thread of the pool.</summary>
    public void Execute() => _ = processor.RunAsync(this);

    /// <summary>Goes on to the next phase; false when the attempt is settled already, and must not go on.</summary>
    public bool TryMove(AttemptPhase from, AttemptPhase to)
    {
        if (Phase != from || Interlocked.CompareExchange(ref phase, (int)to, (int)from) != (int)from)
        {
            return false;
        }

        steps++;
        return true;
    }

    /// <summary>Notes what is read or written as JSON now.</summary>
    public void Note(Conversion conversion)
    {
        this.conversion = conversion;
        steps++;
    }

    /// <summary>
    /// Whether code of the application around the handler takes longer than it may, counted from the first look that found it there: an attempt notes its steps and not their
    /// times, since nearly all are over before anybody looks. For the fetch loop.
    /// </summary>
    public bool IsOverdue(TimeProvider time, TimeSpan patience)
    {
        var now = steps;
        if (now != stepsSeen)
        {
            (stepsSeen, seenSince) = (now, time.GetTimestamp());
        }

        return (Phase is AttemptPhase.Starting or AttemptPhase.Ending || (Phase == AttemptPhase.Running && conversion != Conversion.None))
            && time.GetElapsedTime(seenSince) >= patience;
    }

    /// <summary>Ends the attempt with this settlement, unless it has one.</summary>
    /// <returns>Whether this was the first one.</returns>
    public bool TryEnd(ProcessedTask processed)
    {
        var before = (AttemptPhase)Interlocked.Exchange(ref phase, (int)AttemptPhase.Ended);
        if (before == AttemptPhase.Ended)
        {
            return false;
        }

        try
        {
            Processed = processed;
            ends.TryWrite(this);
        }
        catch
        {
            // No memory for the entry: the loop tries again.
            if (before != AttemptPhase.Faulted)
            {
                NoteFaulted();
            }

            Volatile.Write(ref phase, (int)AttemptPhase.Faulted);
            throw;
        }

        if (before != AttemptPhase.Faulted)
        {
            processor.Ledger.NoteOver(holdsThread: before is AttemptPhase.Starting or AttemptPhase.Running or AttemptPhase.Ending);
        }

        return true;
    }

    /// <summary>The attempt, which had started, left its thread; without a settlement it is faulted. Needs no memory and cannot fail.</summary>
    public void Leave()
    {
        for (var before = Phase; before is not (AttemptPhase.Ended or AttemptPhase.Faulted); before = Phase)
        {
            if (Interlocked.CompareExchange(ref phase, (int)AttemptPhase.Faulted, (int)before) == (int)before)
            {
                NoteFaulted();
            }
        }

        if (!isFaulted)
        {
            processor.Ledger.NoteLeft();
        }

        stop.Dispose();
    }

    /// <summary>The loop has taken in how it ended. For the fetch loop, which registers tasks too: on other threads the two would contend for one lock. Waits for no callback.</summary>
    public void Unregister() => registration.Unregister();

    /// <summary>Somebody cancelled the task: its token is cancelled, on the thread pool. Asking again changes nothing.</summary>
    /// <returns>Whether this was the first time.</returns>
    public bool Cancel()
    {
        if (cancelled)
        {
            return false;
        }

        cancelled = true;
        Stop();
        return true;
    }

    public void Dispose()
    {
        registration.Dispose();
        stop.Dispose();
    }

    private void NoteFaulted()
    {
        isFaulted = true;
        processor.Ledger.NoteFaulted();
    }

    private void Stop()
    {
        try
        {
            _ = SafeCancel.Start(stop);
        }
        catch (ObjectDisposedException)
        {
            // It ended in this moment.
        }
    }
}
