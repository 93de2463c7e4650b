using Microsoft.Extensions.Logging;

namespace TaskRunner.Beat;

/// <summary>Tells of ticks that a rule drops; of one schedule and one reason once a minute, since a rule for overlap may drop each tick.</summary>
internal sealed partial class DropLog(TimeProvider time, ILogger logger)
{
    // More schedules than that are told of more often.
    private const int MostKept = 1000;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(Guid Schedule, string Reason), (long Since, int Silent)> told = [];

    public void Note(Tick tick, string reason)
    {
        var key = (tick.Schedule.Id, reason);
        var (since, silent) = told.GetValueOrDefault(key);
        if (since != 0 && time.GetElapsedTime(since) < Pause)
        {
            told[key] = (since, silent + 1);
            return;
        }

        if (told.Count >= MostKept)
        {
            told.Clear();
        }

        told[key] = (time.GetTimestamp(), 0);
        LogDropped(logger, tick.Schedule.Name, PgInstant.Print(tick.At), reason, silent);
    }

    [LoggerMessage(LogLevel.Information, "Schedule {Schedule}: no task for the tick of {Nominal}: {Reason} ({Silent} more since the last such line)")]
    private static partial void LogDropped(ILogger logger, string schedule, string nominal, string reason, int silent);
}
