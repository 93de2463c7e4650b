using Microsoft.Extensions.Logging;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Takes ticks that are to be looked at, and marks what became of them, each on its own terms: one whose row the database refuses to change is set aside.</summary>
internal sealed partial class TickMarker(BeatOptions options, Postgres postgres, TimeProvider time, ILogger logger)
{
    private const int Narrowing = 5;

    // More than that are no longer single rows. The oldest are tried again first.
    private const int MostAside = 1000;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);

    private readonly Dictionary<TickKey, long> aside = [];
    private readonly HashSet<TickKey> told = [];
    private int most = options.BatchSize;

    /// <summary>The ticks that are left alone for now.</summary>
    public TickKey[] Aside => [.. aside.Keys];

    /// <summary>Takes ticks that are to be enqueued or looked for.</summary>
    /// <returns>The time of the database, the ticks, whether there may be more, and the time until the next one is to be looked at; null when none is.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    public async Task<(DateTimeOffset Now, IReadOnlyList<Tick> Ticks, bool IsMore, TimeSpan? Next)> SweepAsync(CancellationToken stopping)
    {
        Release();
        var taken = most;
        try
        {
            var (now, ticks, seen, removed, next) = await postgres.CommittedAsync((here, token) => TickStore.SweepAsync(here, taken, Aside, options, token), stopping);
            most = Math.Min(options.BatchSize, most * Narrowing);
            if (removed > 0)
            {
                LogRemoved(logger, removed);
            }

            return (now, ticks, seen == taken, next);
        }
        catch (Exception e) when (RowFault.IsPossible(e) && !stopping.IsCancellationRequested)
        {
            most = Math.Max(1, most / Narrowing);
            if (taken == 1 && await postgres.HereAsync((here, token) => TickStore.HeadAsync(here, Aside, token), stopping) is { } head)
            {
                SetAside(head, RowFault.Text(e));
            }
            else if (taken == 1 || e is DatabaseUnavailableException { InnerException: not Npgsql.PostgresException })
            {
                throw;
            }

            return (DateTimeOffset.MinValue, [], true, null);
        }
    }

    /// <summary>Marks ticks.</summary>
    /// <returns>The ids of those that were to be buffered and were skipped instead, because another one is; and why some could not be marked.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    public async Task<(HashSet<Guid> Crowded, Dictionary<Guid, string> Unmarked)> MarkAsync(IReadOnlyList<SettledTick> settled, CancellationToken stopping)
    {
        try
        {
            return (await MarkOnceAsync(settled, onlyFree: false, stopping), []);
        }
        catch (Exception e) when (RowFault.IsPassing(e))
        {
            // Somebody holds a row. Those that are free are marked; the others are looked at again, and the broker knows their tasks.
            return (await MarkOnceAsync(settled, onlyFree: true, stopping), []);
        }
        catch (Exception e) when (IsRefused(e) && settled.Count > 1)
        {
            var half = settled.Count / 2;
            var (crowded, unmarked) = await MarkAsync([.. settled.Take(half)], stopping);
            var other = await MarkAsync([.. settled.Skip(half)], stopping);
            crowded.UnionWith(other.Crowded);
            return (crowded, new(unmarked.Concat(other.Unmarked)));
        }
        catch (Exception e) when (IsRefused(e))
        {
            var tick = settled[0].Tick;
            SetAside(new TickKey(tick.Schedule.Id, tick.At), RowFault.Text(e));
            return ([], new() { [tick.Id] = $"its ticks cannot be marked: {RowFault.Text(e)}" });
        }
    }

    private Task<HashSet<Guid>> MarkOnceAsync(IReadOnlyList<SettledTick> settled, bool onlyFree, CancellationToken stopping) =>
        postgres.CommittedAsync((here, token) => TickStore.MarkAsync(here, settled, onlyFree, options, token), stopping);

    private static bool IsRefused(Exception e) => RowFault.IsRefusal(e is DatabaseUnavailableException { InnerException: { } inner } ? inner : e);

    private void SetAside(TickKey tick, string problem)
    {
        if (aside.Count >= MostAside)
        {
            aside.Remove(aside.MinBy(entry => entry.Value).Key);
        }

        aside[tick] = time.GetTimestamp();
        if (told.Count >= MostAside)
        {
            told.Clear();
        }

        if (told.Add(tick))
        {
            LogSetAside(logger, PgInstant.Print(tick.Nominal), tick.Schedule, problem);
        }
    }

    private void Release()
    {
        foreach (var tick in aside.Where(entry => time.GetElapsedTime(entry.Value) >= RetryAfter).Select(entry => entry.Key).ToList())
        {
            aside.Remove(tick);
        }
    }

    [LoggerMessage(LogLevel.Information, "No tasks for {Count} ticks: their schedules were removed before they could be enqueued")]
    private static partial void LogRemoved(ILogger logger, int count);

    [LoggerMessage(LogLevel.Warning, "The tick of {Nominal} of schedule {Schedule} cannot be marked and is left alone for a minute; all others go on: {Problem}")]
    private static partial void LogSetAside(ILogger logger, string nominal, Guid schedule, string problem);
}
