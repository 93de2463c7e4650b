using System.Collections.Concurrent;
using TaskRunner.Broker;

namespace TaskRunner.Beat;

/// <summary>
/// Adds the rules of task types to ticks. Key functions are the program's own code: they run beside the loop, which does not wait longer than it can afford. While a
/// function of a type hangs, its other ticks are refused at once, so that it holds one thread.
/// </summary>
internal sealed class PatientRules(TaskRegistry registry, TimeSpan? patience = null)
{
    /// <summary>How long the loop waits for key functions: a second less than its liveness needs would be too long for several types that hang.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TimeSpan longest = patience ?? Patience;
    private readonly ConcurrentDictionary<string, Task> hanging = new(StringComparer.Ordinal);

    /// <summary>The request with those rules of its task's type that it does not have itself.</summary>
    /// <exception cref="TaskRulesException">A key function failed, or does not return.</exception>
    public EnqueueRequest Apply(EnqueueRequest request)
    {
        var task = request.Message.Task;
        if (registry.Find(task) is not { Defaults.HasKeyFunctions: true })
        {
            return registry.Apply(request);
        }

        if (hanging.TryGetValue(task, out var earlier))
        {
            if (!earlier.IsCompleted)
            {
                throw new TaskRulesException(task, new TimeoutException("a key function has not returned from an earlier call."));
            }

            hanging.TryRemove(task, out _);
        }

        var call = Task.Run(() => registry.Apply(request));
        if (Task.WaitAny([call], longest) != 0)
        {
            hanging[task] = call;
            throw new TaskRulesException(task, new TimeoutException($"a key function did not return within {longest.TotalSeconds:0.###} s."));
        }

        return call.GetAwaiter().GetResult();
    }
}
