using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>
/// Takes ticks that are to be looked at, and marks what became of them, each on its own terms: one whose row the database does not change
/// is set aside.
/// </summary>
internal sealed partial class TickMarker(BeatOptions options, Postgres postgres, TimeProvider time, ILogger logger)
{
    /// <summary>Why a row stays as it was, where the database says nothing.</summary>
    public const string Silence = "a trigger, a rule or a policy of the database drops the change";

    // Beyond that the one that has waited longest is tried again.
    private const int MostAside = 10_000;

    private const int MostTold = 1000;

    // How many of those that are set aside are tried again at once.
    private const int MostAgain = 50;

    // Of the time of the loop, at most this share goes to ticks that were refused before.
    private const int ShareOfRetries = 10;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(60);

    // Splitting stops after this long; what is due meanwhile is claimed first.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RetryPatience = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<TickKey, long> aside = [];
    private readonly Dictionary<Guid, (long Since, string Problem)> told = [];
    private readonly PieceByPiece suspects = new(options.BatchSize, time);
    private readonly PieceByPiece refused = new(MostAgain, time);
    private TickKey[]? asideKeys;
    private bool isCareful;
    private long retryAt;

    /// <summary>The ticks that are left alone for now.</summary>
    public TickKey[] Aside => asideKeys ??= [.. aside.Keys];

    /// <summary>Takes ticks that are to be enqueued or looked for.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    public async Task<SweptTicks> SweepAsync(CancellationToken stopping)
    {
        var swept = isCareful ? await SweepPiecesAsync(stopping) : await SweepAllAsync(stopping);
        if (aside.Count > 0)
        {
            await RetryAsync(swept, stopping);

            // The next one would be one of those.
            swept.Next = null;
        }

        if (swept.Removed > 0)
        {
            LogRemoved(logger, swept.Removed);
        }

        return swept;
    }

    private async Task<SweptTicks> SweepAllAsync(CancellationToken stopping)
    {
        try
        {
            var swept = await postgres.CommittedAsync(
                (here, token) => TickStore.SweepAsync(here, options.BatchSize, Aside, options, token), stopping);
            swept.Unmoved.ForEach(tick => SetAside(tick, Silence));
            swept.IsMore = swept.Moved + swept.Unmoved.Count == options.BatchSize;
            return swept;
        }
        catch (Exception e) when (RowFault.IsPassing(e) && !stopping.IsCancellationRequested)
        {
            // Somebody holds the table. Claims go on, as far as they can.
            return new SweptTicks();
        }
        catch (Exception e) when (RowFault.IsPossible(e) && !stopping.IsCancellationRequested)
        {
            isCareful = true;
            suspects.Narrow();
            if (e is DatabaseUnavailableException { InnerException: not PostgresException })
            {
                throw;
            }

            return new SweptTicks { IsMore = true };
        }
    }

    /// <summary>One of the ticks is refused: they are taken in pieces, by their keys.</summary>
    private async Task<SweptTicks> SweepPiecesAsync(CancellationToken stopping)
    {
        var due = await postgres.CommittedAsync((here, token) => TickStore.DueAsync(here, options.BatchSize, Aside, token), stopping);
        var swept = new SweptTicks();
        var isDone = await suspects.RunAsync(
            due, piece => SweepAsync(piece, swept, stopping), (tick, e) => SetAside(tick, RowFault.Text(e)), Patience, stopping);
        swept.Unmoved.ForEach(tick => SetAside(tick, Silence));
        isCareful = due.Count > 0 && !(isDone && suspects.IsWide);
        swept.IsMore = isCareful || due.Count >= options.BatchSize;
        return swept;
    }

    private async Task SweepAsync(TickKey[] ticks, SweptTicks all, CancellationToken stopping) =>
        all.Add(await postgres.CommittedAsync((here, token) => TickStore.SweepAsync(here, ticks, options, token), stopping));

    /// <summary>Tries such again as were set aside a while ago, behind all others and for a moment only.</summary>
    private async Task RetryAsync(SweptTicks all, CancellationToken stopping)
    {
        if (time.GetTimestamp() < retryAt)
        {
            return;
        }

        var waited = aside.Where(entry => time.GetElapsedTime(entry.Value) >= RetryAfter);
        var again = waited.OrderBy(entry => entry.Value).Take(MostAgain).Select(entry => entry.Key).ToList();
        if (again.Count == 0)
        {
            return;
        }

        var (began, swept) = (time.GetTimestamp(), new SweptTicks());
        try
        {
            await refused.RunAsync(again, TakeBackAsync, (tick, e) => SetAside(tick, RowFault.Text(e)), RetryPatience, stopping);
        }
        catch (DatabaseUnavailableException)
        {
            // What was swept is to be sent all the same; the next statement tells whether the database is away.
        }

        swept.Next = null;
        all.Add(swept);
        retryAt = time.GetTimestamp() + ((time.GetTimestamp() - began) * ShareOfRetries);

        async Task TakeBackAsync(TickKey[] piece)
        {
            var before = swept.Unmoved.Count;
            await SweepAsync(piece, swept, stopping);
            var unmoved = swept.Unmoved.Skip(before).ToHashSet();
            foreach (var tick in piece.Where(tick => !unmoved.Contains(tick)))
            {
                aside.Remove(tick);
            }

            asideKeys = null;
            foreach (var tick in unmoved)
            {
                SetAside(tick, Silence);
            }
        }
    }

    /// <summary>Marks ticks.</summary>
    /// <returns>Those that were to be buffered and were skipped, because another one is; and why some could not be marked.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; nothing is lost.</exception>
    public Task<(HashSet<TickKey> Crowded, Dictionary<TickKey, string> Unmarked)> MarkAsync(
        IReadOnlyList<SettledTick> settled, CancellationToken stopping) =>
        MarkAsync(settled, onlyFree: false, stopping);

    private async Task<(HashSet<TickKey> Crowded, Dictionary<TickKey, string> Unmarked)> MarkAsync(
        IReadOnlyList<SettledTick> settled, bool onlyFree, CancellationToken stopping)
    {
        try
        {
            var (crowded, dropped) = await postgres.CommittedAsync(
                (here, token) => TickStore.MarkAsync(here, settled, onlyFree, options, token), stopping);
            return (crowded, dropped.ToDictionary(tick => tick, tick => Unmark(tick, Silence)));
        }
        catch (Exception e) when (RowFault.IsPassing(e) && !onlyFree)
        {
            // Somebody holds a row. Those that are free are marked; the others are looked at again, and the broker knows their tasks.
            return await MarkAsync(settled, onlyFree: true, stopping);
        }
        catch (Exception e) when (IsRefused(e) && settled.Count > 1)
        {
            var half = settled.Count / 2;
            var (crowded, unmarked) = await MarkAsync([.. settled.Take(half)], onlyFree, stopping);
            var other = await MarkAsync([.. settled.Skip(half)], onlyFree, stopping);
            crowded.UnionWith(other.Crowded);
            foreach (var (tick, problem) in other.Unmarked)
            {
                unmarked[tick] = problem;
            }

            return (crowded, unmarked);
        }
        catch (Exception e) when (IsRefused(e))
        {
            var tick = settled[0].Tick.Key;
            return ([], new() { [tick] = Unmark(tick, RowFault.Text(e)) });
        }
    }

    private static bool IsRefused(Exception e) =>
        RowFault.IsRefusal(e is DatabaseUnavailableException { InnerException: { } inner } ? inner : e) && !RowFault.IsPassing(e);

    private string Unmark(TickKey tick, string problem)
    {
        SetAside(tick, problem);
        return $"its ticks cannot be marked: {problem}";
    }

    private void SetAside(TickKey tick, string problem)
    {
        if (aside.Count >= MostAside && !aside.ContainsKey(tick))
        {
            aside.Remove(aside.MinBy(entry => entry.Value).Key);
        }

        aside[tick] = time.GetTimestamp();
        asideKeys = null;
        if (told.TryGetValue(tick.Schedule, out var before)
            && (before.Problem == problem || time.GetElapsedTime(before.Since) < RetryAfter))
        {
            return;
        }

        if (told.Count >= MostTold)
        {
            told.Clear();
        }

        told[tick.Schedule] = (time.GetTimestamp(), problem);
        LogSetAside(logger, tick.Schedule, PgInstant.Print(tick.Nominal), problem);
    }

    [LoggerMessage(LogLevel.Information, "No tasks for {Count} ticks: their schedules were removed before they could be enqueued")]
    private static partial void LogRemoved(ILogger logger, int count);

    [LoggerMessage(
        LogLevel.Warning,
        "Ticks of schedule {Schedule} cannot be marked and wait for a minute, first that of {Nominal}; all others go on: {Problem}")]
    private static partial void LogSetAside(ILogger logger, Guid schedule, string nominal, string problem);
}
