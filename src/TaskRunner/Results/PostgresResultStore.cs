using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Results;

/// <summary>Keeps results in the table <c>taskrunner.results</c>.</summary>
/// <param name="postgres">Where the table is.</param>
/// <param name="timeToLive">How long a result can be read after it was written; one day is usual.</param>
/// <param name="logger">Told of results that could not be stored as they were.</param>
public sealed class PostgresResultStore(Postgres postgres, TimeSpan timeToLive, ILogger logger) : IResultStore
{
    private const int DeleteAtOnce = 5000;

    private const int MostDeleted = 20 * DeleteAtOnce;

    public async Task WriteAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken)
    {
        var rows = Merge(results);
        if (rows.Count > 0)
        {
            var batch = new ResultBatch(postgres, timeToLive, logger);
            await batch.WriteAsync(rows, cancellationToken);
        }
    }

    public async Task<TaskResult?> ReadAsync(Guid id, CancellationToken cancellationToken) =>
        (await ReadAsync([id], cancellationToken)).SingleOrDefault();

    public Task<IReadOnlyList<TaskResult>> ReadAsync(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(ResultSql.Read), here.Connection);
            command.Parameters.Add(new() { Value = ids.ToArray() });
            await using var reader = await command.ExecuteReaderAsync(stopping);
            var results = new List<TaskResult>(ids.Count);
            while (await reader.ReadAsync(stopping))
            {
                results.Add(ResultRow.Read(reader));
            }

            return (IReadOnlyList<TaskResult>)results;
        },
        cancellationToken);

    public Task NoteSupersededAsync(IReadOnlyList<TaskResult> results, CancellationToken cancellationToken) => postgres.CommittedAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(ResultSql.NoteSuperseded), here.Connection);
            ResultRow.AddParameters(command.Parameters, [.. results]);
            command.Parameters.Add(new() { Value = timeToLive.TotalSeconds });
            return await command.ExecuteNonQueryAsync(stopping);
        },
        cancellationToken);

    public Task<IReadOnlyList<TaskResult>> ReadSupersededAsync(Guid id, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(ResultSql.ReadSuperseded), here.Connection);
            command.Parameters.Add(new() { Value = id });
            await using var reader = await command.ExecuteReaderAsync(stopping);
            var results = new List<TaskResult>();
            while (await reader.ReadAsync(stopping))
            {
                results.Add(ResultRow.Read(reader));
            }

            return (IReadOnlyList<TaskResult>)results;
        },
        cancellationToken);

    public async Task<int> DeleteExpiredAsync(CancellationToken cancellationToken)
    {
        var total = await postgres.CommittedAsync(DeleteSupersededAsync, cancellationToken);
        int deleted;
        do
        {
            deleted = await postgres.CommittedAsync(DeleteSomeAsync, cancellationToken);
            total += deleted;
        }
        while (deleted == DeleteAtOnce && total < MostDeleted);

        return total;
    }

    private static async Task<int> DeleteSupersededAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(ResultSql.DeleteExpiredSuperseded), here.Connection);
        return await command.ExecuteNonQueryAsync(stopping);
    }

    private static async Task<int> DeleteSomeAsync(Here here, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(ResultSql.DeleteExpired), here.Connection);
        command.Parameters.Add(new() { Value = DeleteAtOnce });
        return await command.ExecuteNonQueryAsync(stopping);
    }

    // One statement cannot touch the same row twice.
    private static List<TaskResult> Merge(IReadOnlyList<TaskResult> results)
    {
        var latest = new Dictionary<Guid, TaskResult>(results.Count);
        foreach (var result in results)
        {
            if (!latest.TryGetValue(result.Id, out var kept) || ResultOrder.Replaces(kept, result))
            {
                latest[result.Id] = result;
            }
        }

        return [.. latest.Values];
    }
}
