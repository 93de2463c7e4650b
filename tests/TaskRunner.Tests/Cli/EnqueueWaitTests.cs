using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary><c>enqueue --wait</c> when the wait does not come to its end.</summary>
[Collection(PostgresFixture.Name)]
public sealed class EnqueueWaitTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Ids_of_tasks_are_told_when_their_results_cannot_be_read()
    {
        var empty = await Postgres.CreateEmptyAsync();

        var outcome = await Program.RunAsync("enqueue", "debug.echo", "--count", "3", "--wait", "--database-url", empty.ToString());

        outcome.Code.Should().NotBe(0);
        outcome.Error.Should().Contain("migrate").And.MatchRegex("Enqueued, and not waited for to the end: ([0-9a-f-]{36}(, )?){3}\\.");
    }
}
