using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>
/// Has ticks looked at now, each on its own terms: rows that somebody holds, or that the database does not change, keep no other from it.
/// </summary>
internal sealed class TickRecall(Postgres postgres, TimeProvider time)
{
    private const int Batch = 5000;

    // Of thousands that are refused some are found at each call.
    private const int MostAtOnce = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    // Nothing is claimed meanwhile; what is left is looked at in its turn.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly PieceByPiece pieces = new(MostAtOnce, time);

    /// <summary>Has ticks looked at now.</summary>
    /// <param name="rule">Which.</param>
    /// <param name="stopping">Ends the waiting.</param>
    /// <returns>How many are, whether some are left, and why; null when they are held by somebody, or it took too long.</returns>
    /// <exception cref="DatabaseUnavailableException">The database did not answer; what is done is done.</exception>
    public async Task<(int Count, bool IsLeft, string? Problem)> RunAsync(RecallRule rule, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        var refused = new HashSet<TickKey>();
        string? problem = null;
        var (count, isMore) = (0, true);
        void Note(TickKey tick, string why)
        {
            refused.Add(tick);
            problem ??= why;
        }

        async Task<int> MoveAsync(string statement, TickKey[] keys, int most)
        {
            var (moved, seen, unmoved) = await postgres.CommittedAsync(
                (here, token) => MoveRowsAsync(here, statement, keys, most, token), stopping);
            count += moved;
            unmoved.ForEach(tick => Note(tick, TickMarker.Silence));
            return seen;
        }

        while (isMore && time.GetElapsedTime(began) < (pieces.IsWide ? Longest : Patience))
        {
            try
            {
                isMore = pieces.IsWide
                    ? await MoveAsync(rule.Many, [.. refused], Batch) == Batch
                    : await RunPiecesAsync();
            }
            catch (Exception e) when (RowFault.IsPassing(e))
            {
                return (count, true, problem);
            }
            catch (Exception e) when (
                pieces.IsWide && RowFault.IsPossible(e) && e is not DatabaseUnavailableException { InnerException: not PostgresException })
            {
                pieces.Narrow();
            }
        }

        return (count, isMore || refused.Count > 0 || (await KeysAsync(1)).Count > 0, problem);

        async Task<bool> RunPiecesAsync()
        {
            var keys = await KeysAsync(MostAtOnce);
            var isDone = await pieces.RunAsync(
                keys, piece => MoveAsync(rule.Some, piece, piece.Length), (tick, e) => Note(tick, RowFault.Text(e)), Patience, stopping);
            return keys.Count == MostAtOnce || !isDone;
        }

        Task<IReadOnlyList<TickKey>> KeysAsync(int most) =>
            postgres.CommittedAsync((here, token) => TickStore.KeysAsync(here, rule.Keys, [.. refused], most, token), stopping);
    }

    private static async Task<(int Moved, int Seen, List<TickKey> Unmoved)> MoveRowsAsync(
        Here here, string statement, TickKey[] keys, int most, CancellationToken stopping)
    {
        await using var batch = TickStore.Planned(here, statement, keys, most);
        await using var reader = await batch.ExecuteReaderAsync(stopping);
        await reader.NextResultAsync(stopping);
        await reader.ReadAsync(stopping);
        var (moved, seen, unmoved) = (reader.GetInt32(2), reader.GetInt32(3), new List<TickKey>());
        while (await reader.ReadAsync(stopping))
        {
            unmoved.Add(new TickKey(reader.GetGuid(0), PgInstant.Read(reader, 1)));
        }

        return (moved, seen, unmoved);
    }
}
