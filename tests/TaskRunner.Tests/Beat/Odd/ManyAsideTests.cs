using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using Npgsql;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>What is kept of schedules that are set aside: however many they are, claims stay short, and nothing is kept for ever.</summary>
[Collection(OddRowPostgres.Name)]
public sealed partial class ManyAsideTests(PostgresFixture fixture)
{
    private const string Fill = """
        INSERT INTO taskrunner.schedules (name, every_ms, task) SELECT 'aside ' || n, 60000, 'debug.echo' FROM generate_series(1, 20000) AS n;
        INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('healthy', 86400000, 'debug.echo');
        UPDATE taskrunner.schedules SET next_due = CASE name WHEN 'healthy' THEN now() - interval '1 minute' ELSE now() - interval '1 hour' END;
        INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at) SELECT id, 'as before', updated_at, now() + interval '1 minute' FROM taskrunner.schedules WHERE name <> 'healthy';
        """;

    // Without one that is set aside, claims do not look for any: one that another beat has set aside meanwhile is seen all the same.
    [Fact]
    public async Task Schedule_that_another_beat_has_just_set_aside_is_not_claimed()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("healthy", "every_ms = 3600000", "overlap = 'allow'");
        await bench.AddAsync("aside", "every_ms = 3600000", "overlap = 'allow'");
        var beat = bench.Create();
        await beat.RunOnceAsync(CancellationToken.None);
        await beat.RunOnceAsync(CancellationToken.None);
        await bench.ExecuteAsync("""
            UPDATE taskrunner.schedules SET next_due = now();
            INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at)
            SELECT id, 'as before', updated_at, now() + interval '1 minute' FROM taskrunner.schedules WHERE name = 'aside'
            """);

        await beat.RunOnceAsync(CancellationToken.None);

        bench.IdsOf("healthy").Should().ContainSingle();
        bench.IdsOf("aside").Should().BeEmpty();
    }

    [Fact]
    public async Task Claim_reads_a_few_pages_of_the_tables_and_finds_what_is_late_behind_thousands()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(Fill);
        await bench.ExecuteAsync("VACUUM ANALYZE taskrunner.schedules, taskrunner.set_aside");

        (await PagesAsync(bench, ClaimStore.Late, 500, DateTime.UnixEpoch, Guid.Empty)).Should().BeLessThan(30_000);
        (await PagesAsync(bench, ClaimStore.Again, 50)).Should().BeLessThan(3000);
        (await PagesAsync(bench, ClaimStore.AnyAgain)).Should().BeLessThan(20);
        bench.Start();

        await BeatBench.UntilAsync("the healthy one ticks", () => bench.IdsOf("healthy").Count == 1, 180);
        bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_set_aside_of_a_schedule_that_is_gone_goes_and_what_lies_too_far_ahead_is_tried()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.refuse();
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('ahead', 60000, 'debug.echo'), ('paused', 60000, 'debug.echo');
            UPDATE taskrunner.schedules SET enabled = name <> 'paused', next_due = now() - interval '1 minute';
            UPDATE taskrunner.schedules SET next_due = now() - interval '1 minute';
            INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at)
              SELECT id, 'as before', updated_at, now() + CASE name WHEN 'ahead' THEN interval '5 minutes' ELSE interval '-1 minute' END FROM taskrunner.schedules;
            INSERT INTO taskrunner.set_aside (schedule_id, problem, edited_at, retry_at) SELECT gen_random_uuid(), 'as before', now(), now() - interval '1 minute' FROM generate_series(1, 3)
            """);

        bench.Start();

        await Eventually.ReturnsAsync(
            () => bench.ExecuteAsync("SELECT string_agg(concat_ws(' ', name, tries > 1, retry_at > now()), ', ' ORDER BY name) FROM taskrunner.set_aside LEFT JOIN taskrunner.schedules ON id = schedule_id"),
            rows => rows is "ahead t t, paused f t",
            TimeSpan.FromMinutes(3),
            "the rows of schedules that are gone to go, one to be tried, one to be put off");
    }

    private static async Task<long> PagesAsync(BeatBench bench, string statement, params object[] parameters)
    {
        var options = bench.Options;
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={options.Port};Database={options.Database};Username={options.User};Password={options.Password!()};SSL Mode=Disable");
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var plan = new NpgsqlCommand(RowByRow.Plan, connection))
        {
            await plan.ExecuteNonQueryAsync();
        }

#pragma warning disable CA2100 // The statement is the product's own.
        await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS) {new Installation(Installation.StandardSchema, "").Sql(statement)}", connection);
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            explain.Parameters.Add(new() { Value = parameter });
        }

        await using var reader = await explain.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            // The first line of buffers is that of the whole plan.
            if (Buffers().Matches(reader.GetString(0)) is { Count: > 0 } found)
            {
                return found.Sum(match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
            }
        }

        return 0;
    }

    [GeneratedRegex("(?:hit|read)=([0-9]+)")]
    private static partial Regex Buffers();
}
