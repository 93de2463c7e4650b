using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.World;

/// <summary>A dump of a while ago is restored over the tables while beats run: the ticks since then are written anew, and their tasks are those that ran.</summary>
[Collection(BeatPostgres.Name)]
public sealed class RestoredDumpTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("1")]
    [InlineData("4")]
    public async Task Dump_that_replaces_the_schema_doubles_no_task_and_loses_no_tick(string jobs)
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();
        using var dump = new Dump(fixture.Server, world.Bench.Database);
        await dump.TakeAsync("--schema=taskrunner");
        await world.ShouldTickOnAsync();
        await world.ShouldTickOnAsync();

        await world.ExecuteAsync("DROP SCHEMA taskrunner CASCADE");
        await dump.RestoreAsync($"--jobs={jobs}");

        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
        world.Bench.Broker.Duplicates.Should().BePositive("what ran since the dump was asked for again, and refused");
    }

    [Fact]
    public async Task Rows_that_are_restored_into_emptied_tables_double_no_task_and_lose_no_tick()
    {
        await using var world = await World.OpenAsync(fixture);
        await world.StartAsync();
        using var dump = new Dump(fixture.Server, world.Bench.Database);
        await dump.TakeAsync("--data-only", "--table=taskrunner.schedules", "--table=taskrunner.ticks*");
        await world.ShouldTickOnAsync();

        await world.ExecuteAsync("TRUNCATE taskrunner.schedules, taskrunner.ticks");
        await dump.RestoreAsync("--data-only");

        await world.ShouldTickOnAsync();
        await world.ShouldBalanceAsync();
        world.Bench.Broker.Duplicates.Should().BePositive("what ran since the dump was asked for again, and refused");
    }

    private sealed class Dump(PostgresServer server, string database) : IDisposable
    {
        private readonly string file = Path.GetTempFileName();

        public Task TakeAsync(params string[] what) => server.RunToolAsync("pg_dump", ["--format=custom", $"--file={file}", .. what, database]);

        public Task RestoreAsync(params string[] how) => server.RunToolAsync("pg_restore", [$"--dbname={database}", "--exit-on-error", .. how, file]);

        public void Dispose() => File.Delete(file);
    }
}
