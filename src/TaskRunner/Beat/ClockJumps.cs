using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Tells of jumps of the database's clock, once in the log, in a metric and in the table <c>clock_jumps</c>, and has what was written ahead of time looked at.</summary>
internal sealed partial class ClockJumps(string beat, Postgres postgres, IBeatObserver observer, TimeProvider time, ILogger logger)
{
    private const string Note = """
        WITH old AS (DELETE FROM taskrunner.clock_jumps WHERE noticed_at < now() - interval '366 days')
        INSERT INTO taskrunner.clock_jumps (noticed_at, instead_of, beat) VALUES (now(), now() - make_interval(secs => $1), $2)
        """;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly DatabaseClock clock = new(time);
    private readonly TickRecall recall = new(postgres, time);
    private long? leftAt;
    private bool isTold;

    /// <summary>Takes a reading of the clock; see <see cref="DatabaseClock.Read"/>.</summary>
    /// <returns>Whether it went back.</returns>
    public async Task<bool> ReadAsync(DateTimeOffset now, long asked, long answered, CancellationToken stopping)
    {
        var jump = clock.Read(now, asked, answered);
        if (jump == TimeSpan.Zero)
        {
            return false;
        }

        LogJump(logger, jump > TimeSpan.Zero ? "forward" : "back", jump.Duration().TotalSeconds);
        await TellAsync(jump, stopping);
        return jump < TimeSpan.Zero;
    }

    /// <summary>Schedules were found that had been planned by a clock that was ahead, maybe before this beat started.</summary>
    public Task FoundAheadAsync(int count, TimeSpan by, bool isKnown, CancellationToken stopping)
    {
        LogAhead(logger, count, by.TotalSeconds);
        return isKnown ? Task.CompletedTask : TellAsync(-by, stopping);
    }

    /// <summary>Has ticks looked at that wait for a time which the clock showed before it went back.</summary>
    public async Task RewindAsync(CancellationToken stopping)
    {
        try
        {
            var (_, isLeft, problem) = await recall.RunAsync(TickStore.Rewind, stopping);
            leftAt = isLeft ? time.GetTimestamp() : null;
            Tell(problem, isLeft);
        }
        catch (Exception e) when (RowFault.IsPossible(e))
        {
            leftAt = time.GetTimestamp();
            Tell(RowFault.Text(e), isLeft: true);
        }
    }

    /// <summary>The same again, a while after some ticks were left: somebody held their rows, or the database refused them.</summary>
    public Task RewindRestAsync(CancellationToken stopping) =>
        leftAt is { } since && time.GetElapsedTime(since) >= RetryAfter ? RewindAsync(stopping) : Task.CompletedTask;

    private void Tell(string? problem, bool isLeft)
    {
        if (problem is not null && !isTold)
        {
            LogNotRewound(logger, problem);
        }

        isTold = isLeft && (isTold || problem is not null);
    }

    private async Task TellAsync(TimeSpan jump, CancellationToken stopping)
    {
        observer.ClockJumped(jump);
        try
        {
            await postgres.CommittedAsync((here, token) => ExecuteAsync(new NpgsqlCommand(here.Sql(Note), here.Connection) { Parameters = { new() { Value = jump.TotalSeconds }, new() { Value = beat } } }, token), stopping);
        }
        catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException)
        {
            // The log has it, and the next statement tells whether the database is away.
        }
    }

    private static async Task<int> ExecuteAsync(NpgsqlCommand command, CancellationToken stopping)
    {
        await using (command)
        {
            return await command.ExecuteNonQueryAsync(stopping);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The clock of the database went {Direction} by {Seconds:0.0} s; schedules follow it")]
    private static partial void LogJump(ILogger logger, string direction, double seconds);

    [LoggerMessage(LogLevel.Warning, "{Count} schedules had been planned while the clock of the database was up to {Seconds:0} s ahead; they go on from now")]
    private static partial void LogAhead(ILogger logger, int count, double seconds);

    [LoggerMessage(LogLevel.Warning, "Ticks that were written while the clock of the database was ahead are looked at late: {Reason}")]
    private static partial void LogNotRewound(ILogger logger, string reason);
}
