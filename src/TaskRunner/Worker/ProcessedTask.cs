using System.Collections;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>An attempt that is over.</summary>
/// <param name="Settlement">What the broker is to do with the task.</param>
/// <param name="Message">The task; null when its message could not be read.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">How long it ran.</param>
internal sealed record ProcessedTask(Settlement Settlement, TaskMessage? Message, TaskOutcome Outcome, TimeSpan Duration);

/// <summary>What every log line written inside a task carries.</summary>
internal sealed class TaskLogScope(Guid id, string task, string queue, int attempt) : IReadOnlyList<KeyValuePair<string, object?>>
{
    public int Count => 4;

    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("taskId", id),
        1 => new("task", task),
        2 => new("queue", queue),
        3 => new("attempt", attempt),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
