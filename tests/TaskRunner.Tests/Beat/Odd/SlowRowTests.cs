using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>Rows that the database does not finish with: each is found and set aside, and stops nobody when it is tried again.</summary>
[Collection(OddRowPostgres.Name)]
public sealed class SlowRowTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("CREATE TRIGGER sleep BEFORE UPDATE ON taskrunner.schedules FOR EACH ROW WHEN (NEW.name = 'slow') EXECUTE FUNCTION public.sleep()")]
    [InlineData("CREATE TRIGGER sleep BEFORE INSERT ON taskrunner.ticks FOR EACH ROW WHEN (NEW.schedule_id = '00000000-0000-0000-0000-00000000000a') EXECUTE FUNCTION public.sleep()")]
    public async Task Trigger_that_sleeps_stops_no_other_at_any_try(string trigger)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync($"""
            CREATE FUNCTION public.sleep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
            {trigger};
            INSERT INTO taskrunner.schedules (name, every_ms, task, catch_up, catch_up_limit) SELECT 'good ' || n, 200, 'debug.echo', 'all', 1000 FROM generate_series(1, 100) AS n;
            INSERT INTO taskrunner.schedules (id, name, every_ms, task) VALUES ('00000000-0000-0000-0000-00000000000a', 'slow', 200, 'debug.echo')
            """);

        bench.Start();

        await Eventually.TrueAsync(async () => await bench.ExecuteAsync("SELECT tries FROM taskrunner.set_aside") is > 1, TimeSpan.FromMinutes(5), "it is tried again");
        await Eventually.TrueAsync(
            () => bench.ScalarAsync<bool>("SELECT count(DISTINCT schedule_id) = 100 FROM taskrunner.ticks"), TimeSpan.FromMinutes(2));
        await bench.StopAsync();
        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.set_aside")).Should().Be("the database does not finish with it in time");
        bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Claim_of_one_names_the_row_that_it_took_and_not_the_one_that_another_holds()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('first', 60000, 'debug.echo'), ('second', 60000, 'debug.echo');
            UPDATE taskrunner.schedules SET next_due = now() - CASE name WHEN 'first' THEN interval '2 minutes' ELSE interval '1 minute' END
            """);
        await using var postgres = new Postgres(bench.Options);
        var walk = new ClaimWalk(TimeProvider.System);
        Task<Claim> ClaimAsync(Here here, CancellationToken stopping) =>
            ClaimStore.ClaimAsync(here, new ClaimLanes(0, 1, 0), walk, new BeatOptions { Name = "beat-1", LongestHold = TimeSpan.FromMinutes(1) }, stopping);

        var names = await postgres.HereAsync(
            async (here, stopping) =>
            {
                await using var transaction = await here.Connection.BeginTransactionAsync(stopping);
                await ClaimAsync(here, stopping);
                var first = walk.Head?.Name;
                var second = await postgres.HereAsync(
                    async (other, token) =>
                    {
                        await using var beside = await other.Connection.BeginTransactionAsync(token);
                        return await ClaimAsync(other, token);
                    },
                    stopping);
                return $"{first}, {walk.Head?.Name}, {second.Due.Single().Name}";
            },
            CancellationToken.None);

        names.Should().Be("first, second, second");
    }
}
