using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Beat;
using TaskRunner.Tests.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Docs;

/// <summary>The rights that docs/operations.md names for roles which do not own the tables are enough.</summary>
[Collection(PostgresFixture.Name)]
public sealed class DatabaseRoleTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Beat_and_worker_work_with_the_documented_rights()
    {
        var options = await fixture.CreateMigratedAsync();
        var (beat, worker) = ($"beat_{options.Database}", $"worker_{options.Database}");
        var grants = CodeBlock.Read("operations.md", "## PostgreSQL", "sql");
        await fixture.Server.ExecuteAsync(options.Database, $"CREATE ROLE {beat} LOGIN PASSWORD '{PostgresServer.Password}'; CREATE ROLE {worker} LOGIN PASSWORD '{PostgresServer.Password}'");
        await fixture.Server.ExecuteAsync(options.Database, grants.Replace("shop_beat", beat, StringComparison.Ordinal).Replace("shop_worker", worker, StringComparison.Ordinal));
        await using var bench = new BeatBench(fixture.Server, options with { User = beat });
        bench.Start("beat-1", new ScheduleDeclaration { Name = "s", Timing = new() { Every = TimeSpan.FromMilliseconds(100) }, Task = "t", Queue = "q", Priority = 5 });
        await using var postgres = new Postgres(options with { User = worker });
        var store = new PostgresResultStore(postgres, TimeSpan.FromDays(1), NullLogger.Instance);
        var result = new TaskResult { Id = Guid.NewGuid(), Task = "t", Queue = "q", State = TaskState.Succeeded, Attempts = 1, EnqueuedAt = ResultRules.Noon, FinishedAt = ResultRules.Noon };

        await store.WriteAsync([result], CancellationToken.None);
        await store.NoteSupersededAsync([result], CancellationToken.None);
        await store.DeleteExpiredAsync(CancellationToken.None);
        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("s").Count > 2);
        await using var pool = new Postgres(options with { User = beat, Registers = true });
        await new TickJanitor(pool, TimeSpan.FromDays(7), TimeProvider.System, bench.Log).RunOnceAsync(CancellationToken.None);
        await bench.StopAsync();

        (await store.ReadAsync(result.Id, CancellationToken.None)).Should().Be(result);
        bench.Log.Lines.Should().NotContain(line => line.Contains("permission denied", StringComparison.Ordinal) || line.Contains("may not do this", StringComparison.Ordinal));
    }
}
