using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Results;

/// <summary>
/// Triggers and policies of somebody choose their error themselves: one that looks like an outage, for one result, is none.
/// </summary>
[Collection(PostgresFixture.Name)]
public sealed class RefusedResultTests(PostgresFixture fixture)
{
    private const string Policy = """
        ALTER TABLE taskrunner.results ENABLE ROW LEVEL SECURITY;
        ALTER TABLE taskrunner.results FORCE ROW LEVEL SECURITY;
        CREATE POLICY reading ON taskrunner.results USING (true) WITH CHECK (task <> 'bad');
        CREATE ROLE plain LOGIN PASSWORD 'plain-secret' NOSUPERUSER;
        GRANT USAGE ON SCHEMA taskrunner TO plain;
        GRANT ALL ON ALL TABLES IN SCHEMA taskrunner TO plain;
        """;

    [Theory]
    [InlineData("08001")]
    [InlineData("0A000")]
    [InlineData("3F000")]
    [InlineData("42501")]
    [InlineData("28000")]
    [InlineData("25006")]
    [InlineData("53100")]
    [InlineData("55000")]
    [InlineData("57P01")]
    [InlineData("58030")]
    [InlineData("P0001")]
    [InlineData("23514")]
    public async Task All_others_are_written_and_the_refused_ones_are_named(string code)
    {
        var options = await fixture.Server.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, Trigger("WHEN (NEW.task = 'bad')", code));

        await ShouldRefuseTheBadAsync(options);
    }

    [Fact]
    public async Task A_result_for_which_the_server_cuts_the_statement_off_keeps_no_other_back()
    {
        var options = await fixture.Server.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN NEW; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON taskrunner.results FOR EACH ROW WHEN (NEW.task = 'bad') EXECUTE FUNCTION public.refuse();
            """);
        await fixture.Server.ExecuteAsync(options.Database, $"ALTER DATABASE {options.Database} SET statement_timeout = '300ms'");

        await ShouldRefuseTheBadAsync(options);
    }

    [Fact]
    public async Task A_policy_that_refuses_one_result_keeps_no_other_back()
    {
        var options = await fixture.Server.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, Policy);
        try
        {
            await ShouldRefuseTheBadAsync(options with { User = "plain", Password = () => "plain-secret" });
        }
        finally
        {
            await fixture.Server.ExecuteAsync(options.Database, "DROP OWNED BY plain; DROP ROLE plain");
        }
    }

    [Theory]
    [InlineData("08001")]
    [InlineData("42501")]
    public async Task A_trigger_that_refuses_all_results_is_an_outage_and_nothing_is_set_aside(string code)
    {
        var options = await fixture.Server.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, Trigger("", code));
        await using var postgres = new Postgres(options);
        var store = new PostgresResultStore(postgres, TimeSpan.FromDays(1), NullLogger.Instance);
        var results = Some("good", 5);

        var write = () => store.WriteAsync(results, CancellationToken.None);
        await write.Should().ThrowAsync<DatabaseUnavailableException>();
        await fixture.Server.ExecuteAsync(options.Database, "DROP TRIGGER refuse ON taskrunner.results");
        await write();

        (await store.ReadAsync([.. results.Select(result => result.Id)], CancellationToken.None)).Should().HaveCount(5);
    }

    private static string Trigger(string when, string code) => $"""
        CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hands off' USING ERRCODE = '{code}'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON taskrunner.results FOR EACH ROW {when} EXECUTE FUNCTION public.refuse();
        """;

    private static async Task ShouldRefuseTheBadAsync(DatabaseOptions options)
    {
        await using var postgres = new Postgres(options);
        var store = new PostgresResultStore(postgres, TimeSpan.FromDays(1), NullLogger.Instance);
        var good = Some("good", 60);
        var bad = Some("bad", 2);

        var write = () => store.WriteAsync([.. good[..20], bad[0], .. good[20..], bad[1]], CancellationToken.None);

        var refused = (await write.Should().ThrowAsync<ResultsRefusedException>()).Which;
        refused.Refused.Select(result => result.Id).Should().BeEquivalentTo(bad.Select(result => result.Id));
        refused.Refused.Should().OnlyContain(result => result.Output == null && result.State == TaskState.Succeeded);
        (await store.ReadAsync([.. good.Concat(bad).Select(result => result.Id)], CancellationToken.None)).Should().BeEquivalentTo(good);
    }

    private static List<TaskResult> Some(string task, int count) =>
        [.. Enumerable.Range(0, count).Select(n => ResultRules.Make(Guid.NewGuid(), TaskState.Succeeded, n) with { Task = task })];
}
