using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskRunner.Client;

/// <summary>
/// Warns, once for each name, of task types that a program enqueues and does not know, where it knows others: by mapping them, or by
/// <see cref="TaskClientOptions.DescribeTask"/>. A misspelt name is accepted by the broker and then waits for a worker that maps it.
/// </summary>
internal sealed partial class UnknownTasks(TaskRegistry described, ILogger logger)
{
    // Names may come from outside: those that are remembered are bounded.
    private const int MostNames = 1_000;

    private readonly ConcurrentDictionary<string, byte> told = new(StringComparer.Ordinal);
    private readonly bool knowsSome = described.Names.Any(name => name != CheckTask.Name);

    /// <summary>Notes a task that is about to be enqueued.</summary>
    public void Look(string task)
    {
        if (knowsSome && described.Find(task) is null && told.Count < MostNames && told.TryAdd(task, 0))
        {
            LogUnknown(logger, TerminalText.OneLine(task));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Task '{Task}' is enqueued and this program neither maps nor describes it; it runs only where a worker maps it")]
    private static partial void LogUnknown(ILogger logger, string task);
}
