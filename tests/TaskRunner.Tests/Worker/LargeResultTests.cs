using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Results that are more than a worker has memory for, in a real process with a small heap.</summary>
[Collection(PostgresFixture.Name)]
public sealed class LargeResultTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    private const int Count = 400;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Results_of_dead_workers_that_do_not_fit_into_the_heap_are_all_written()
    {
        var database = await postgres.CreateMigratedAsync();
        var variables = ProgramVariables.Of(redis, database);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { Namespace = variables.Single(v => v.Name == "TASKRUNNER_NAMESPACE").Value });
        for (var number = 0; number < Count; number++)
        {
            var result = new TaskResult
            {
                Id = Guid.CreateVersion7(),
                Task = "reports.large",
                Queue = "default",
                State = TaskState.Succeeded,
                Output = $"\"{new string('x', 250_000)}\"",
                Attempts = 1,
                EnqueuedAt = TimeProvider.System.GetUtcNow(),
            };
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.OrphanedResults, ResultRecord.Write(result)), default);
        }

        await using var worker = WorkerProcess.Start("worker", [.. variables, ("DOTNET_GCHeapHardLimit", $"0x{64L * 1024 * 1024:X}")]);

        await Eventually.ReturnsAsync(
            () => postgres.Server.ScalarAsync<long>(database.Database, "SELECT count(*) FROM taskrunner.results WHERE state = 'succeeded'"),
            written => worker.HasExited || written == Count,
            Long,
            $"all {Count} results in the database");
        worker.HasExited.Should().BeFalse("100 MB of results pass through a heap of 64 MB");
        await Eventually.TrueAsync(async () => await harness.NumberAsync("EXISTS", harness.Queue.OrphanedResults) == 0);
    }
}
