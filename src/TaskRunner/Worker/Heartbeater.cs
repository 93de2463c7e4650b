using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Worker;

/// <summary>
/// Keeps the worker's lease, on a thread that shares nothing with user code, reports what the worker does and hears what is asked of
/// it, and takes back what dead workers held. It alone decides which incarnation is current.
/// </summary>
internal sealed partial class Heartbeater : IDisposable
{
    private readonly WorkerLease lease;
    private readonly ControlFollower control;
    private readonly WorkerOptions options;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly OutageLog outage;
    private readonly AutoResetEvent wake = new(false);
    private readonly TaskCompletionSource taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SupervisedLoop loop;
    private Thread? thread;
    private volatile Incarnation current;
    private volatile bool stopping;
    private bool failing;
    private bool refused;
    private bool resultsInDoubt;
    private WorkerDescription? description;
    private bool left;
    private long renewedAt;

    public Heartbeater(WorkerLease lease, ControlFollower control, WorkerOptions options, SupervisedLoop loop, TimeProvider time, ILogger logger)
    {
        this.lease = lease;
        this.control = control;
        this.options = options;
        this.loop = loop;
        this.time = time;
        this.logger = logger;
        outage = new OutageLog("The heartbeat fails", time, logger);
        current = new Incarnation(options.Name);
    }

    /// <summary>Raised on the heartbeat's thread when results of dead workers were adopted, or may have been: the reply of a beat was lost.</summary>
    public event Action? ResultsAdopted;

    /// <summary>Makes the report that goes with each heartbeat; set before the start.</summary>
    public Func<WorkerReport>? Reporting { get; set; }

    /// <summary>Raised on the heartbeat's thread with the number of tasks taken back from a dead worker, by queue.</summary>
    public event Action<string, int>? TasksRecovered;

    /// <summary>Raised on the heartbeat's thread with tasks of the current incarnation that were cancelled; again with each beat until they are settled.</summary>
    public event Action<IReadOnlyList<(string Queue, string Id)>>? TasksCancelled;

    /// <summary>The incarnation that fetches and settles now.</summary>
    public Incarnation Current => current;

    /// <summary>Whether the lease was taken or renewed within its duration.</summary>
    public bool IsHeld => taken.Task.IsCompleted && !current.IsOver && time.GetElapsedTime(Volatile.Read(ref renewedAt)) < lease.Duration;

    /// <summary>Why the broker, which answers, refuses a beat or a step of it; null when it does not.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Completes when the first lease is taken.</summary>
    public Task Taken => taken.Task;

    public void Start() => thread = loop.StartThread(Run, () => stopping, pause => wake.WaitOne(pause), ThreadPriority.AboveNormal);

    /// <summary>Renews now instead of at the next beat: somebody saw that the lease is gone.</summary>
    public void RenewNow() => wake.Set();

    /// <summary>Ends the heartbeat, gives up the lease and puts back at the head of the queues what is still held.</summary>
    /// <returns>How many tasks were put back; null when the broker could not be told, and the lease has to run out.</returns>
    public int? Stop()
    {
        stopping = true;
        wake.Set();
        thread?.Join();

        if (!taken.Task.IsCompleted || left)
        {
            return 0;
        }

        left = true;
        try
        {
            return lease.Leave(current.Name);
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            // Whatever it is, the process ends: the lease runs out by itself.
            LogLeaseLeft(logger, current.Name, e.Message);
            return null;
        }
    }

    public void Dispose()
    {
        Stop();
        lease.Dispose();
        wake.Dispose();
        current.Dispose();
    }

    private void Run()
    {
        while (!stopping)
        {
            try
            {
                (failing, refused) = (false, false);
                Beat();
                if (!refused)
                {
                    Refusal = null;
                    outage.Succeeded();
                }

                if (!failing)
                {
                    loop.Turned();
                }
            }
            catch (Exception e) when (Survivable.Any(e))
            {
                resultsInDoubt = true;
                DistrustOldLease();
                Report(e);
            }

            wake.WaitOne(taken.Task.IsCompleted ? lease.Duration / 5 : lease.Duration / 10);
        }
    }

    private void Report(Exception e)
    {
        if (IsOutage(e))
        {
            Refusal = e is RedisServerException ? e.Message : null;
            outage.Failed(e);
        }
        else
        {
            loop.Failed(e);
        }
    }

    /// <summary>One beat: take, renew or replace the lease, then look after dead workers.</summary>
    private void Beat()
    {
        loop.Step("lease");
        if (!taken.Task.IsCompleted)
        {
            Take();
            taken.TrySetResult();
            return;
        }

        if (current.IsOver)
        {
            Replace();
            return;
        }

        var reply = lease.Renew(current.Name);
        if (!reply.Held)
        {
            current.End();
            LogLeaseLost(logger, current.Name);
            Replace();
            return;
        }

        Volatile.Write(ref renewedAt, time.GetTimestamp());

        // First of all: the results are in this worker's list already, whatever becomes of the rest of this beat.
        if (reply.AdoptedResults > 0 || resultsInDoubt)
        {
            Try("adopt", NoteResults);
        }

        foreach (var (worker, queue) in reply.Expired.Where(e => e.Worker != current.Name))
        {
            Try("recover", () => Recover(worker, queue));
        }

        if (reply.Cancelled.Count > 0)
        {
            Try("cancel", () => TasksCancelled?.Invoke(reply.Cancelled));
        }

        if (Reporting is { } report)
        {
            Try("report", () => control.Follow(description!, lease.Report(current.Name, report())));
        }
    }

    /// <summary>The lease is renewed: a step that fails for a reason of its own must not keep the others from being taken.</summary>
    private void Try(string step, Action action)
    {
        try
        {
            loop.Step(step);
            action();
        }
        catch (RedisServerException e)
        {
            // The server answers: what it refuses here says nothing of the other steps.
            refused = true;
            Report(e);
        }
        catch (Exception e) when (!IsOutage(e))
        {
            failing = true;
            loop.Failed(e);
        }
    }

    private void NoteResults()
    {
        ResultsAdopted?.Invoke();
        resultsInDoubt = false;
    }

    private void Take()
    {
        description = control.Describe(current.Name);
        lease.Take(description);
        Volatile.Write(ref renewedAt, time.GetTimestamp());

        // Taking a lease adopts too.
        resultsInDoubt = true;
        Try("adopt", NoteResults);
    }

    private void Replace()
    {
        var old = current;

        // What the broker still books on the old name goes back at once: its tasks were cancelled when that life ended.
        lease.Leave(old.Name);
        current = new Incarnation(options.Name);
        try
        {
            Take();
        }
        catch
        {
            // Tried again at the next beat, under yet another name: this one may be half registered.
            current.End();
            throw;
        }

        LogNewIncarnation(logger, old.Name, current.Name);
    }

    private void Recover(string worker, string queue)
    {
        if (lease.Recover(worker, queue) is { } outcome)
        {
            LogRecovered(logger, worker, queue, outcome.Recovered, outcome.Buried);
            TasksRecovered?.Invoke(queue, outcome.Recovered + outcome.Buried);
        }
    }

    private void DistrustOldLease()
    {
        // Before others may take the tasks over, this worker must have stopped them itself.
        var trusted = lease.Duration - TimeSpan.FromSeconds(1);
        if (taken.Task.IsCompleted && !current.IsOver && time.GetElapsedTime(Volatile.Read(ref renewedAt)) >= trusted)
        {
            current.End();
            LogLeaseDistrusted(logger, current.Name, trusted.TotalSeconds);
        }
    }

    private static bool IsOutage(Exception e) => e is RedisUnavailableException or RedisServerException or RespProtocolException;

    [LoggerMessage(LogLevel.Warning, "The lease of {Worker} was not renewed for {Seconds} s; its tasks are cancelled before others take them over")]
    private static partial void LogLeaseDistrusted(ILogger logger, string worker, double seconds);

    [LoggerMessage(LogLevel.Warning, "The lease of {Worker} is lost; its tasks run elsewhere and are cancelled here")]
    private static partial void LogLeaseLost(ILogger logger, string worker);

    [LoggerMessage(LogLevel.Information, "{Old} goes on as {New}")]
    private static partial void LogNewIncarnation(ILogger logger, string old, string @new);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} died: {Recovered} tasks of queue {Queue} put back, {Buried} moved to the dead set")]
    private static partial void LogRecovered(ILogger logger, string worker, string queue, int recovered, int buried);

    [LoggerMessage(LogLevel.Warning, "The lease of {Worker} could not be given up and has to run out: {Reason}")]
    private static partial void LogLeaseLeft(ILogger logger, string worker, string reason);
}
