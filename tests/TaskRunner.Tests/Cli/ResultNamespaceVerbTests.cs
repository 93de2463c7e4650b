using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Workers and verbs of several installations on one database.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ResultNamespaceVerbTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Worker_leaves_the_home_to_the_beat_that_owns_the_rows_and_its_results_are_read_in_its_namespace_only()
    {
        var database = new Uri(Program.Variable("TASKRUNNER_DATABASE_URL")).AbsolutePath[1..];
        await using var worker = await Program.StartAsync("worker");
        (await Program.RunAsync("enqueue", "debug.echo", "--wait")).Code.Should().Be(0);
        (await Postgres.Server.ScalarAsync<long>(database, "SELECT count(*) FROM taskrunner.namespaces")).Should().Be(0L);
        await Postgres.Server.ExecuteAsync(database, "INSERT INTO taskrunner.namespaces (namespace, is_home) VALUES ('other', true)");
        (await Program.RunAsync("enqueue", "debug.echo", "--wait")).Code.Should().Be(0);
        var id = (await Postgres.Server.ScalarAsync<Guid>(database, "SELECT task_id FROM taskrunner.results WHERE namespace <> ''")).ToString();
        var other = new StockProgram([.. Program.Variables.Where(variable => variable.Key != "TASKRUNNER_NAMESPACE").Select(variable => (variable.Key, variable.Value)), ("TASKRUNNER_NAMESPACE", "other")]);

        var own = await Program.RunAsync("result", id);
        var foreign = await other.RunAsync("result", id);

        own.Output.Should().Contain("debug.echo");
        foreign.Output.Should().NotContain("debug.echo");
        foreign.Code.Should().NotBe(0);
    }
}
