using System.Collections.Concurrent;
using System.Text;
using Microsoft.Extensions.Logging;

namespace TaskRunner.Worker;

/// <summary>Results that could not be dealt with and were set aside, so that all others go on: each is logged with its id and counted.</summary>
internal sealed partial class AsideResults(ILogger logger)
{
    private const int MostShown = 200;

    private readonly ConcurrentDictionary<string, long> counts = new(StringComparer.Ordinal);

    /// <summary>How many since the start, by queue.</summary>
    public IReadOnlyDictionary<string, long> Counts => counts;

    /// <summary>Notes one; never throws.</summary>
    /// <param name="queue">Queue of the task.</param>
    /// <param name="id">The task; null when its result cannot be read.</param>
    /// <param name="consequence">What becomes of the result, one sentence without a full stop.</param>
    /// <param name="reason">What failed.</param>
    public void Note(string queue, Guid? id, string consequence, Exception reason)
    {
        counts.AddOrUpdate(queue, 1, static (_, count) => count + 1);
        try
        {
            LogAside(logger, id?.ToString() ?? "(unknown)", queue, consequence, reason);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A provider of the application threw; the count tells.
        }
    }

    /// <summary>An exception in one bounded sentence.</summary>
    public static string Describe(Exception e)
    {
        try
        {
            var text = $"{e.GetType().Name}: {e.Message}".ReplaceLineEndings(" ");
            return text.Length > MostShown ? text[..MostShown] + "…" : text;
        }
        catch (Exception inner) when (inner is not OutOfMemoryException)
        {
            return e.GetType().Name;
        }
    }

    /// <summary>The start of a record that cannot be read, for people who look for its task.</summary>
    public static string Start(byte[] record) => Encoding.UTF8.GetString(record.AsSpan(0, Math.Min(record.Length, MostShown)));

    [LoggerMessage(LogLevel.Error, "Result of task {Id} in queue {Queue} was set aside. {Consequence}")]
    private static partial void LogAside(ILogger logger, string id, string queue, string consequence, Exception reason);
}
