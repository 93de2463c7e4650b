using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Loops;
using TaskRunner.Observability;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Makes partitions of <c>ticks</c> for the coming days and drops those whose time to live is over. Every beat does it; the database lets one at a time.</summary>
internal sealed partial class TickJanitor(Postgres postgres, TimeSpan timeToLive, TimeProvider time, ILogger logger)
{
    // Three days of rest for whoever has to find out why no partition is made; ticks go on even after that, in the default partition.
    private const int DaysAhead = 3;

    // Of two clocks the earlier one decides what is old: a database whose clock is days ahead must not forget what was done. Every
    // installation counts, also one whose beats have not run for a while.
    private const string Maintain =
        """
        SELECT made, dropped FROM taskrunner.maintain_ticks(
            least(greatest(make_interval(secs => $1), (SELECT max(tick_ttl) FROM taskrunner.namespaces)), interval '1000 years')
                + greatest(interval '0', now() - $3 - interval '1 hour'),
            $2)
        """;

    // Partitions hold the ticks of all namespaces: the longest time to live counts.
    private const string Tell = $"""
        UPDATE taskrunner.namespaces SET tick_ttl = make_interval(secs => $1), seen_at = now() WHERE is_home = ('' = {Installation.Here}) AND ('' = {Installation.Here} OR namespace = {Installation.Here})
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private const int MostTold = 1000;

    private readonly HashSet<string> told = [];
    private readonly OutageLog outage = new("The partitions of the table ticks cannot be maintained", time, logger);

    public Task RunAsync(SupervisedLoop loop, CancellationToken stopping) => loop.EveryAsync(Interval, RunOnceAsync, atOnce: true, stopping);

    internal async Task RunOnceAsync(CancellationToken stopping)
    {
        try
        {
            var (made, dropped) = await postgres.CommittedAsync(MaintainAsync, stopping);
            outage.Succeeded();
            if (made + dropped > 0)
            {
                LogMaintained(logger, made, dropped);
            }
        }
        catch (Exception e) when (e is DatabaseUnavailableException or NpgsqlException)
        {
            outage.Failed(e);
        }
    }

    private async Task<(int Made, int Dropped)> MaintainAsync(Here here, CancellationToken stopping)
    {
        await using var tell = new NpgsqlCommand(here.Sql(Tell), here.Connection) { Parameters = { new() { Value = timeToLive.TotalSeconds } } };
        await tell.ExecuteNonQueryAsync(stopping);
        here.Connection.Notice += TellProblem;
        try
        {
            return await MaintainPartitionsAsync(here, stopping);
        }
        finally
        {
            here.Connection.Notice -= TellProblem;
        }
    }

    private async Task<(int Made, int Dropped)> MaintainPartitionsAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(Maintain), here.Connection) { Parameters = { new() { Value = timeToLive.TotalSeconds }, new() { Value = DaysAhead }, ClaimStore.Instant(PgInstant.Of(time.GetUtcNow())) } };
        await using var reader = await command.ExecuteReaderAsync(stopping);
        await reader.ReadAsync(stopping);
        return (reader.GetInt32(0), reader.GetInt32(1));
    }

    // The same every ten minutes, mostly: once is enough.
    private void TellProblem(object sender, NpgsqlNoticeEventArgs notice)
    {
        if (notice.Notice.InvariantSeverity != "WARNING")
        {
            return;
        }

        if (told.Count >= MostTold)
        {
            told.Clear();
        }

        if (told.Add(notice.Notice.MessageText))
        {
            LogProblem(logger, Sentence.Fit(notice.Notice.MessageText)!);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Ticks: partition {Problem}; all others are maintained")]
    private static partial void LogProblem(ILogger logger, string problem);

    [LoggerMessage(LogLevel.Information, "Ticks: {Made} partitions made, {Dropped} dropped")]
    private static partial void LogMaintained(ILogger logger, int made, int dropped);
}
