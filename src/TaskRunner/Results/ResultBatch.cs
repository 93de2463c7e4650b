using Microsoft.Extensions.Logging;
using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Results;

/// <summary>
/// Writes one batch of results, each on its own terms. Halving finds one bad row among 500 in some 18 statements, and all others are
/// stored; the bad one is tried without its output. What looks like an outage and may be a row's (a trigger chooses its error itself) is
/// one when a row of nobody is refused alike.
/// </summary>
/// <param name="postgres">Where the table is.</param>
/// <param name="timeToLive">How long a result can be read.</param>
/// <param name="logger">Told of results that could not be stored as they were.</param>
internal sealed partial class ResultBatch(Postgres postgres, TimeSpan timeToLive, ILogger logger)
{
    private readonly List<TaskResult> refused = [];
    private Exception? reason;

    /// <exception cref="DatabaseUnavailableException">The database takes nothing now.</exception>
    /// <exception cref="ResultsRefusedException">It takes some of them in no form; all others are written.</exception>
    public async Task WriteAsync(List<TaskResult> rows, CancellationToken cancellationToken)
    {
        await WriteRowsAsync(rows, cancellationToken);
        if (reason is not null)
        {
            throw new ResultsRefusedException(refused, reason);
        }
    }

    private async Task WriteRowsAsync(List<TaskResult> rows, CancellationToken cancellationToken)
    {
        if (await TryAsync(rows, cancellationToken) is not { } fault)
        {
            return;
        }

        if (rows.Count > 1)
        {
            await WriteRowsAsync(rows[..(rows.Count / 2)], cancellationToken);
            await WriteRowsAsync(rows[(rows.Count / 2)..], cancellationToken);
            return;
        }

        var problem = $"The output of the task could not be stored: {fault.Message}";
        var standIn = rows[0] with { Output = null, Error = rows[0].Error is null ? problem : $"{rows[0].Error}\n{problem}" };
        if (await TryAsync([standIn], cancellationToken) is { } again)
        {
            refused.Add(standIn);
            reason = again;
            return;
        }

        LogNotStorable(logger, standIn.Id, standIn.Task, fault.Message);
    }

    /// <summary>What is wrong with rows; null when they are written.</summary>
    private async Task<Exception?> TryAsync(List<TaskResult> rows, CancellationToken cancellationToken)
    {
        try
        {
            await postgres.CommittedAsync((here, stopping) => ExecuteAsync(here, rows, stopping), cancellationToken);
            return null;
        }
        catch (Exception e) when (PostgresErrors.IsBadData(e))
        {
            return e;
        }
        catch (DatabaseUnavailableException e) when (PostgresErrors.MayBeOfRow(e.InnerException))
        {
            // Asked each time: the database may have gone away since.
            if (await TakesOthersAsync(rows[0], cancellationToken))
            {
                return e.InnerException;
            }

            throw;
        }
    }

    // Written and taken back, so that triggers and policies have their say.
    private async Task<bool> TakesOthersAsync(TaskResult like, CancellationToken cancellationToken)
    {
        var nobody = like with { Id = Guid.NewGuid(), Task = "taskrunner.probe", Queue = "default", Output = null, Error = null };
        try
        {
            return await postgres.HereAsync(
                async (here, stopping) =>
                {
                    await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                    await ExecuteAsync(here, [nobody], stopping);
                    await transaction.RollbackAsync(stopping);
                    return true;
                },
                cancellationToken);
        }
        catch (Exception e) when (e is DatabaseUnavailableException || PostgresErrors.IsBadData(e))
        {
            return false;
        }
    }

    private async Task<int> ExecuteAsync(Here here, List<TaskResult> rows, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(here.Sql(ResultSql.Write), here.Connection);
        ResultRow.AddParameters(command.Parameters, rows);
        command.Parameters.Add(new() { Value = timeToLive.TotalSeconds });
        return await command.ExecuteNonQueryAsync(stopping);
    }

    [LoggerMessage(LogLevel.Error, "The result of task {Id} ({Task}) was stored without its output: {Reason}")]
    private static partial void LogNotStorable(ILogger logger, Guid id, string task, string reason);
}
