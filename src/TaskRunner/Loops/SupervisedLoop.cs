using Microsoft.Extensions.Logging;

namespace TaskRunner.Loops;

/// <summary>
/// One background loop. Outages are the loop's own business: it catches them and goes on. Everything else ends in <see cref="Failed"/>, and the loop goes on after a pause.
/// </summary>
internal sealed partial class SupervisedLoop
{
    /// <summary>Failures in a row after which the loop counts as broken.</summary>
    public const int MostFailures = 5;

    /// <summary>Time after a failure in which the loop must turn once, or it counts as broken.</summary>
    public static readonly TimeSpan LongestTrouble = TimeSpan.FromSeconds(60);

    /// <summary>Time at one step after which the loop counts as broken: it waits for what never comes, and nothing else would tell.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly LoopSupervisor supervisor;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private volatile TaskCompletionSource nudge = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string step = "start";
    private volatile bool isAtStep;
    private volatile int inARow;
    private long steppedAt;
    private long failures;
    private long failingSince;
    private string last = "";

    internal SupervisedLoop(string name, LoopSupervisor supervisor, TimeProvider time, ILogger logger)
    {
        Name = name;
        this.supervisor = supervisor;
        this.time = time;
        this.logger = logger;
    }

    /// <summary>Name of the loop, as in metrics, logs and probes.</summary>
    public string Name { get; }

    /// <summary>Unexpected failures since the start.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>Pause before the next try, by the number of failures in a row: 0.1 s to 5 s.</summary>
    public TimeSpan Pause => inARow == 0 ? TimeSpan.Zero : FirstPause * Math.Min(1 << Math.Min(inARow - 1, 10), LongestPause / FirstPause);

    /// <summary>How long it has been at its present step; zero while it rests.</summary>
    public TimeSpan AtStep => isAtStep ? time.GetElapsedTime(Volatile.Read(ref steppedAt)) : TimeSpan.Zero;

    /// <summary>Why it counts as broken; null when it does not.</summary>
    public string? Trouble
    {
        get
        {
            if (AtStep is var atStep && atStep >= LongestStep)
            {
                return $"has been at step '{step}' for {atStep.TotalSeconds:0} s";
            }

            lock (gate)
            {
                return inARow >= MostFailures || (inARow > 0 && time.GetElapsedTime(failingSince) >= LongestTrouble)
                    ? $"failed {inARow} times in a row, for {time.GetElapsedTime(failingSince).TotalSeconds:0} s, last at {last}"
                    : null;
            }
        }
    }

    /// <summary>Names what the loop does next, for the log of a failure. That may take <see cref="LongestStep"/>, till the next step, the end of the turn or a rest.</summary>
    public void Step(string name)
    {
        Volatile.Write(ref steppedAt, time.GetTimestamp());
        isAtStep = true;
        Begin(name);
    }

    /// <summary>The loop waits for others, for as long as they like.</summary>
    public void Rests() => isAtStep = false;

    /// <summary>The loop came round without an unexpected failure.</summary>
    public void Turned()
    {
        Rests();
        if (inARow == 0)
        {
            return;
        }

        lock (gate)
        {
            inARow = 0;
        }

        Say(static loop => LogRecovered(loop.logger, loop.Name));
    }

    /// <summary>Something failed that is no outage. Counts and logs it; never throws.</summary>
    public void Failed(Exception e)
    {
        Rests();
        Interlocked.Increment(ref failures);
        int count;
        lock (gate)
        {
            if (inARow == 0)
            {
                failingSince = time.GetTimestamp();
            }

            count = ++inARow;
            last = $"step '{step}': {Describe(e)}";
        }

        // The first, the second, the fourth …: a loop that fails for an hour must not fill the log with the same stack.
        if ((count & (count - 1)) == 0)
        {
            Say(loop => LogFailed(loop.logger, loop.Name, loop.step, count, e));
        }
    }

    /// <summary>Runs a loop until it is told to stop. A body that throws, or ends while the process goes on, has failed and is started again.</summary>
    /// <param name="body">The loop; calls <see cref="Turned"/> each time it came round.</param>
    /// <param name="stopping">Ends it.</param>
    /// <param name="ends">Exceptions that are meant to end it, for the caller; null for none.</param>
    public Task RunAsync(Func<CancellationToken, Task> body, CancellationToken stopping, Func<Exception, bool>? ends = null) => RunAsync(body, ends, mayEnd: false, stopping);

    /// <summary>Runs a loop whose work is done at some time, for example when a connection is there.</summary>
    /// <inheritdoc cref="RunAsync(Func{CancellationToken, Task}, CancellationToken, Func{Exception, bool}?)"/>
    public Task RunToEndAsync(Func<CancellationToken, Task> body, CancellationToken stopping, Func<Exception, bool>? ends = null) => RunAsync(body, ends, mayEnd: true, stopping);

    /// <summary>Runs a round at regular intervals until it is told to stop. A round that failed is tried again after the pause, not after the interval.</summary>
    /// <param name="interval">Time between the end of a round and the next one.</param>
    /// <param name="round">One round.</param>
    /// <param name="atOnce">Whether the first round comes now, or after the first interval.</param>
    /// <param name="stopping">Ends it.</param>
    public Task EveryAsync(TimeSpan interval, Func<CancellationToken, Task> round, bool atOnce, CancellationToken stopping)
    {
        var rests = !atOnce;
        return RunAsync(
            async token =>
            {
                while (!token.IsCancellationRequested)
                {
                    if (rests)
                    {
                        await RestAsync(interval, token);
                    }

                    rests = false;
                    Step("round");
                    await round(token);
                    rests = true;
                    Turned();
                }
            },
            stopping);
    }

    /// <summary>Runs one piece of work that somebody else asked for.</summary>
    /// <returns>Whether it went well.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<bool> TryAsync(string name, Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        try
        {
            Step(name);
            await work(cancellationToken);
            Turned();
            return true;
        }
        catch (Exception e) when (!IsStop(e, cancellationToken))
        {
            Failed(e);
            return false;
        }
        finally
        {
            Rests();
        }
    }

    /// <summary>Starts a loop on a thread of its own. An exception in it neither ends the loop nor the process.</summary>
    /// <param name="body">The loop, until it is told to stop.</param>
    /// <param name="isStopping">Whether it was told.</param>
    /// <param name="rest">Waits for a time, or until it is told to stop.</param>
    /// <param name="priority">Of the thread.</param>
    public Thread StartThread(Action body, Func<bool> isStopping, Action<TimeSpan> rest, ThreadPriority priority = ThreadPriority.Normal)
    {
        var thread = new Thread(() => RunOnThread(body, isStopping, rest)) { IsBackground = true, Name = Name, Priority = priority };
        thread.Start();
        return thread;
    }

    /// <summary>For tests: ends the rest between two rounds now.</summary>
    internal void Nudge() => nudge.TrySetResult();

    /// <summary>Waits out the pause after a failure; never throws.</summary>
    public async Task PauseAsync(CancellationToken stopping) => await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private void Begin(string name)
    {
        step = name;
        supervisor.Stepping?.Invoke(Name, name);
    }

    private async Task RunAsync(Func<CancellationToken, Task> body, Func<Exception, bool>? ends, bool mayEnd, CancellationToken stopping)
    {
        try
        {
            await RepeatAsync(body, ends, mayEnd, stopping);
        }
        finally
        {
            Rests();
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> body, Func<Exception, bool>? ends, bool mayEnd, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Begin("start");
                await body(stopping);
                if (mayEnd || stopping.IsCancellationRequested)
                {
                    Turned();
                    return;
                }

                Failed(new InvalidOperationException($"The loop '{Name}' ended while the process goes on."));
            }
            catch (Exception e) when (!IsStop(e, stopping) && ends?.Invoke(e) != true)
            {
                Failed(e);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }

            await PauseAsync(stopping);
        }
    }

    private void RunOnThread(Action body, Func<bool> isStopping, Action<TimeSpan> rest)
    {
        while (!isStopping())
        {
            try
            {
                Begin("start");
                body();
                if (!isStopping())
                {
                    Failed(new InvalidOperationException($"The loop '{Name}' ended while the process goes on."));
                }
            }
            catch (Exception e) when (Survivable.Any(e))
            {
                // An exception that leaves a thread ends the process.
                Failed(e);
            }

            rest(Pause);
        }
    }

    private async Task RestAsync(TimeSpan interval, CancellationToken stopping)
    {
        if (await Task.WhenAny(nudge.Task, Task.Delay(interval, time, stopping)) == nudge.Task)
        {
            nudge = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        stopping.ThrowIfCancellationRequested();
    }

    // Providers of the application may throw, and so may the exception that is to be described.
    private void Say(Action<SupervisedLoop> log)
    {
        try
        {
            log(this);
        }
        catch (Exception e) when (Survivable.Any(e))
        {
            // The count and the probe tell of the failure all the same.
        }
    }

    private static bool IsStop(Exception e, CancellationToken stopping) => e is OperationCanceledException && stopping.IsCancellationRequested;

    private static string Describe(Exception e)
    {
        try
        {
            var message = e.Message.ReplaceLineEndings(" ");
            return $"{e.GetType().Name}: {(message.Length > 200 ? message[..200] + "…" : message)}";
        }
        catch (Exception inner) when (Survivable.Any(inner))
        {
            return e.GetType().Name;
        }
    }

    [LoggerMessage(LogLevel.Error, "Loop {Loop} failed at step '{Step}' ({Count} in a row) and goes on after a pause")]
    private static partial void LogFailed(ILogger logger, string loop, string step, int count, Exception reason);

    [LoggerMessage(LogLevel.Information, "Loop {Loop} works again")]
    private static partial void LogRecovered(ILogger logger, string loop);
}
