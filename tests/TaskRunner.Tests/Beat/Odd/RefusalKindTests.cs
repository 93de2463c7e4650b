using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>
/// Ways in which a database may refuse one row, whatever error it chooses: that schedule is set aside, and all others tick on.
/// </summary>
[Collection(OddRowPostgres.Name)]
public sealed class RefusalKindTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("08001")]
    [InlineData("0A000")]
    [InlineData("25006")]
    [InlineData("28000")]
    [InlineData("3D000")]
    [InlineData("3F000")]
    [InlineData("42501")]
    [InlineData("53100")]
    [InlineData("57P01")]
    [InlineData("58030")]
    public async Task Error_of_a_trigger_costs_its_row_whatever_its_code(string code)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync($"""
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = 'not this one'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON taskrunner.schedules FOR EACH ROW WHEN (NEW.name = 'bad') EXECUTE FUNCTION public.refuse();
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('good', 200, 'debug.echo'), ('bad', 200, 'debug.echo')
            """);

        bench.Start();

        await BeatBench.UntilAsync("the good one ticks", () => bench.IdsOf("good").Count > 3, 180);
        await Eventually.ReturnsAsync(
            () => bench.ExecuteAsync("SELECT string_agg(problem, '; ') FROM taskrunner.set_aside"),
            problem => problem is string text && text == $"the database refuses it: not this one ({code})",
            TimeSpan.FromMinutes(3),
            "the bad one to be set aside");
        bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("CREATE POLICY here ON taskrunner.schedules USING (true) WITH CHECK (name <> 'bad')")]
    [InlineData("ALTER TABLE taskrunner.schedules ADD CONSTRAINT here CHECK (name <> 'bad' OR next_due IS NULL OR task::regclass > 0) NOT VALID")]
    public async Task Row_that_a_policy_or_an_expression_refuses_costs_itself(string refusal)
    {
        await using var world = await World.World.OpenAsync(fixture);
        await world.Bench.ExecuteAsync($"""
            ALTER TABLE taskrunner.schedules ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY rest ON taskrunner.schedules AS PERMISSIVE USING ({(refusal.Contains("POLICY", StringComparison.Ordinal) ? "false" : "true")});
            INSERT INTO taskrunner.schedules (name, every_ms, task) VALUES ('bad', 200, 'debug.echo');
            {refusal}
            """);

        await world.StartAsync();

        (await world.Bench.ExecuteAsync("SELECT string_agg(name, ', ') FROM taskrunner.set_aside JOIN taskrunner.schedules ON id = schedule_id")).Should().Be("bad");
        world.Bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_privilege_is_no_fault_of_a_row()
    {
        await using var world = await World.World.OpenAsync(fixture);
        await world.StartAsync();

        await world.ExecuteAsync($"REVOKE UPDATE ON taskrunner.schedules FROM {world.Role}");
        await world.ShouldNoticeAsync();
        await world.ExecuteAsync($"GRANT UPDATE ON taskrunner.schedules TO {world.Role}");

        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
    }
}
