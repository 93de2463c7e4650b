using System.Globalization;
using FluentAssertions;
using Npgsql;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>How PostgreSQL carries out the statements of beat with 100,000 schedules and as many ticks and results: never by reading a whole table.</summary>
[Collection(BeatPostgres.Name)]
public sealed class StatementPlanTests(PostgresFixture fixture)
{
    // Most ticks wait to be confirmed, some are due; the tick of each schedule is its own.
    private const string Fill = """
        INSERT INTO taskrunner.schedules (name, every_ms, task, next_due) SELECT 's' || n, 100000, 't', now() + (n - 50) * interval '1 millisecond' FROM generate_series(1, 100000) AS n;
        INSERT INTO taskrunner.ticks (schedule_id, nominal, task_id, state, sent_at, check_at)
        SELECT id, date_trunc('day', now()) + n * interval '1 microsecond', gen_random_uuid(), 'sent', now() - n * interval '10 milliseconds', now() + (n - 50) * interval '1 second'
          FROM (SELECT id, row_number() OVER () AS n FROM taskrunner.schedules) AS numbered;
        INSERT INTO taskrunner.results (task_id, task, queue, state, attempts, redeliveries, enqueued_at, expires_at)
        SELECT task_id, 't', 'q', 'succeeded', 1, 0, now(), now() + interval '1 day' FROM taskrunner.ticks
        """;

    // Statistics that were made before the times were moved into the future: by these all is due already.
    private const string OfAWhileAgo = """
        UPDATE taskrunner.schedules SET next_due = next_due - interval '10 minutes';
        UPDATE taskrunner.ticks SET check_at = check_at - interval '2 days';
        ANALYZE taskrunner.schedules, taskrunner.ticks, taskrunner.results;
        UPDATE taskrunner.schedules SET next_due = next_due + interval '10 minutes';
        UPDATE taskrunner.ticks SET check_at = check_at + interval '2 days'
        """;

    // All rows of an installation are usually the whole table.
    private const string AnyOfANamespace = "Cond: (namespace = ''::text)";

    private const string None = "SELECT 'planned as PostgreSQL likes'";

    private const int Batch = 200;

    [Theory]
    [InlineData("ANALYZE taskrunner.schedules, taskrunner.ticks, taskrunner.results")]
    [InlineData("SELECT 'no statistics, as on the first morning'")]
    [InlineData(OfAWhileAgo)]
    public async Task No_statement_of_the_loop_reads_a_whole_table(string statistics)
    {
        var options = await fixture.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, Fill);
        await fixture.Server.ExecuteAsync(options.Database, statistics);
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={options.Port};Database={options.Database};Username={options.User};Password={options.Password!()};SSL Mode=Disable");
        var ticks = await LastAsync(source, new NpgsqlBatchCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT schedule_id, nominal, task_id FROM taskrunner.ticks ORDER BY random() LIMIT {Batch}")));
        var (schedules, nominals, tasks) = (Column<Guid>(ticks, 0), Column<DateTime>(ticks, 1), Column<Guid>(ticks, 2));

        // Each is planned as beat has it planned: those that look up many rows with the setting that they share, the others without.
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.OnTime, 500);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.Late, 500, DateTime.UnixEpoch, Guid.Empty);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.LatePageEnd, 1, DateTime.UnixEpoch, Guid.Empty);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.Fresh, 250, DateTime.UnixEpoch, Guid.Empty);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.FreshPageEnd, 1, DateTime.UnixEpoch, Guid.Empty);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.AllOnTime, 500);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.AllLate, 500);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.AllFresh, 250);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.Again, 50);
        foreach (var statement in new[] { ClaimStore.Outlook, ClaimStore.OutlookAside, ClaimStore.BringBack, ClaimStore.ForgetRemoved, ClaimStore.PutOff })
        {
            await ShouldUseIndexesAsync(source, RowByRow.Plan, statement);
        }

        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.Earliest);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, ClaimStore.Move, schedules, nominals, nominals, Same("", Batch));
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.SweepAll, Array.Empty<Guid>(), Array.Empty<DateTime>(), 500, 0.5, 60.0);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.Sweep, schedules, nominals, 500, 0.5, 60.0);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.SweepKeys, schedules, nominals, Batch, 0.5, 60.0);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.Due, schedules, nominals, 250);
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.Next);
        foreach (var (mark, state) in new[] { (TickStore.Mark, "sent"), (TickStore.MarkFree, "sent"), (TickStore.MarkBuffered, "buffered") })
        {
            object[] values = [schedules, nominals, tasks, Same(state, Batch), Same("", Batch), Same(false, Batch), 60.0, 0.5, nominals.Min(), nominals.Max()];
            await ShouldUseIndexesAsync(source, RowByRow.Plan, mark, values);
        }

        foreach (var rule in new[] { TickStore.Doubt, TickStore.Rewind })
        {
            await ShouldUseIndexesAsync(source, RowByRow.Plan, rule.Many, schedules, nominals, 5000);
            await ShouldUseIndexesAsync(source, RowByRow.Plan, rule.Some, schedules, nominals, Batch);
            await ShouldUseIndexesAsync(source, RowByRow.Plan, rule.Keys, schedules, nominals, 500);
        }

        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.AnyPending, Array.Empty<Guid>(), Array.Empty<DateTime>());
        await ShouldUseIndexesAsync(source, RowByRow.Plan, TickStore.Lag, Array.Empty<Guid>(), Array.Empty<DateTime>());
        await ShouldUseIndexesAsync(source, None, OverdueGauge.Late);
        foreach (var setting in new[] { RowByRow.Plan, None })
        {
            (await WholeTablesAsync(source, setting, "SELECT FROM taskrunner.schedules WHERE description = ''")).Should().ContainSingle("this test must notice those that do");
            (await WholeTablesAsync(source, setting, "SELECT FROM taskrunner.ticks WHERE reason = ''")).Should().ContainSingle("this test must notice those that do");
        }
    }

    private static async Task ShouldUseIndexesAsync(NpgsqlDataSource source, string setting, string statement, params object[] parameters) =>
        (await WholeTablesAsync(source, setting, statement, parameters)).Should().BeEmpty(statement);

    /// <summary>The lines of the plan that read a table with many rows without a condition on an index.</summary>
    private static async Task<IReadOnlyList<string>> WholeTablesAsync(NpgsqlDataSource source, string setting, string statement, params object[] parameters)
    {
        var explain = new NpgsqlBatchCommand($"EXPLAIN {new Installation(Installation.StandardSchema, "").Sql(statement)}");
        foreach (var parameter in parameters)
        {
            explain.Parameters.Add(new() { Value = parameter });
        }

        // In one transaction, as in the program.
        var plan = (await LastAsync(source, new NpgsqlBatchCommand(setting), explain)).ConvertAll(row => (string)row[0]);
        var today = $"ticks_{(await LastAsync(source, new NpgsqlBatchCommand("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')")))[0][0]}";
        string[] large = ["schedules", today, "results"];
        return [.. plan.Where((line, i) => large.Any(table => line.Contains($" Scan on {table} ", StringComparison.Ordinal) || (line.Contains("Scan using", StringComparison.Ordinal) && line.Contains($" on {table} ", StringComparison.Ordinal)))
            && !(i + 1 < plan.Count && IsNarrow(plan[i + 1])))];
    }

    private static bool IsNarrow(string line) =>
        line.Contains("Cond:", StringComparison.Ordinal) && !line.EndsWith(AnyOfANamespace, StringComparison.Ordinal);

    /// <summary>Runs statements in one transaction; the rows of the last one.</summary>
    private static async Task<List<object[]>> LastAsync(NpgsqlDataSource source, params NpgsqlBatchCommand[] commands)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        await using var reader = await batch.ExecuteReaderAsync();
        for (var passed = 1; passed < commands.Length; passed++)
        {
            await reader.NextResultAsync();
        }

        var rows = new List<object[]>();
        while (await reader.ReadAsync())
        {
            var row = new object[reader.FieldCount];
            reader.GetValues(row);
            rows.Add(row);
        }

        return rows;
    }

    private static T[] Column<T>(List<object[]> rows, int column) => [.. rows.Select(row => (T)row[column])];

    private static T[] Same<T>(T value, int count) => [.. Enumerable.Repeat(value, count)];
}
