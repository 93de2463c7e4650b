using TaskRunner.Broker;

namespace TaskRunner.Beat;

/// <summary>
/// Adds the rules of task types to ticks. Key functions are the program's own code: they run beside the loop, which does not wait longer than it can afford. While a
/// function of a type hangs, its other ticks are not asked for, so that it holds one thread.
/// </summary>
/// <param name="registry">The task types.</param>
/// <param name="time">Clock.</param>
internal sealed class PatientRules(TaskRegistry registry, TimeProvider time)
{
    /// <summary>How long the loop waits for the key functions of one tick.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>After this a call that has not returned is taken for one that never will, and the ticks of its type are refused.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>How long the loop waits for the key functions of all ticks of a turn; the others come in the next one.</summary>
    public static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (Task Call, long Since)> hanging = new(StringComparer.Ordinal);
    private TimeSpan spent;

    /// <summary>A turn begins: its budget is whole.</summary>
    public void Begin() => spent = TimeSpan.Zero;

    /// <summary>The request with those rules of its task's type that it does not have itself.</summary>
    /// <exception cref="TaskRulesException">A key function failed, or never returns.</exception>
    /// <exception cref="HangingRulesException">A key function has not returned yet, or the turn's budget is spent.</exception>
    public EnqueueRequest Apply(EnqueueRequest request)
    {
        var task = request.Message.Task;
        if (registry.Find(task) is not { Defaults.HasKeyFunctions: true })
        {
            return registry.Apply(request);
        }

        if (hanging.TryGetValue(task, out var earlier))
        {
            if (!earlier.Call.IsCompleted)
            {
                throw time.GetElapsedTime(earlier.Since) < Longest
                    ? new HangingRulesException(task)
                    : new TaskRulesException(task, new TimeoutException($"a key function has not returned for more than {Longest.TotalSeconds:0.###} s."));
            }

            hanging.Remove(task);
        }

        if (spent >= Budget)
        {
            throw new HangingRulesException(task);
        }

        var since = time.GetTimestamp();
        var call = Task.Run(() => registry.Apply(request));
        var isOver = Task.WaitAny([call], Patience) == 0;
        spent += time.GetElapsedTime(since);
        if (!isOver)
        {
            hanging[task] = (call, since);
            throw new HangingRulesException(task);
        }

        return call.GetAwaiter().GetResult();
    }
}

/// <summary>A key function of a task type has not returned yet, or was not asked in this turn.</summary>
/// <param name="task">Name of the task type.</param>
internal sealed class HangingRulesException(string task) : Exception($"A key function of task type '{task}' has not returned yet.");
