using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
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
    private readonly Thread thread;
    private volatile Incarnation current;
    private volatile bool stopping;
    private WorkerDescription? description;
    private bool left;
    private long renewedAt;

    public Heartbeater(WorkerLease lease, ControlFollower control, WorkerOptions options, TimeProvider time, ILogger logger)
    {
        this.lease = lease;
        this.control = control;
        this.options = options;
        this.time = time;
        this.logger = logger;
        outage = new OutageLog("The heartbeat fails", time, logger);
        current = new Incarnation(options.Name);
        thread = new Thread(Run) { IsBackground = true, Name = "heartbeat", Priority = ThreadPriority.AboveNormal };
    }

    /// <summary>Raised on the heartbeat's thread when results of dead workers were adopted.</summary>
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

    /// <summary>Completes when the first lease is taken.</summary>
    public Task Taken => taken.Task;

    public void Start() => thread.Start();

    /// <summary>Renews now instead of at the next beat: somebody saw that the lease is gone.</summary>
    public void RenewNow() => wake.Set();

    /// <summary>Ends the heartbeat, gives up the lease and puts back at the head of the queues what is still held.</summary>
    /// <returns>How many tasks were put back; null when the broker could not be told, and the lease has to run out.</returns>
    public int? Stop()
    {
        stopping = true;
        wake.Set();
        if (thread.IsAlive)
        {
            thread.Join();
        }

        if (!taken.Task.IsCompleted || left)
        {
            return 0;
        }

        left = true;
        try
        {
            return lease.Leave(current.Name);
        }
        catch (Exception e) when (IsOutage(e))
        {
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
                Beat();
                outage.Succeeded();
            }
            catch (Exception e) when (IsOutage(e))
            {
                outage.Failed(e);
                DistrustOldLease();
            }

            wake.WaitOne(taken.Task.IsCompleted ? lease.Duration / 5 : lease.Duration / 10);
        }
    }

    /// <summary>One beat: take, renew or replace the lease, then look after dead workers.</summary>
    private void Beat()
    {
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
            LogLeaseLost(logger, current.Name);
            current.End();
            Replace();
            return;
        }

        Volatile.Write(ref renewedAt, time.GetTimestamp());
        foreach (var (worker, queue) in reply.Expired.Where(e => e.Worker != current.Name))
        {
            Recover(worker, queue);
        }

        if (reply.Cancelled.Count > 0)
        {
            TasksCancelled?.Invoke(reply.Cancelled);
        }

        if (reply.AdoptedResults > 0)
        {
            ResultsAdopted?.Invoke();
        }

        if (Reporting is { } report)
        {
            control.Follow(description!, lease.Report(current.Name, report()));
        }
    }

    private void Take()
    {
        description = control.Describe(current.Name);
        lease.Take(description);
        Volatile.Write(ref renewedAt, time.GetTimestamp());

        // Taking a lease adopts too.
        ResultsAdopted?.Invoke();
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
        catch (Exception e) when (IsOutage(e))
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
            LogLeaseDistrusted(logger, current.Name, trusted.TotalSeconds);
            current.End();
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
