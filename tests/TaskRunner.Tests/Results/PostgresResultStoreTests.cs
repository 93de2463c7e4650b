using System.Diagnostics.CodeAnalysis;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Results;

[Collection(PostgresFixture.Name)]
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "xunit disposes through IAsyncLifetime.")]
public sealed class PostgresResultStoreTests : IAsyncLifetime
{
    private readonly PostgresFixture fixture;
    private readonly Postgres postgres;
    private readonly PostgresResultStore store;
    private readonly Guid id = Guid.NewGuid();

    public static TheoryData<TaskState, TaskState, int, bool> Cases => ResultRules.Cases;

    public PostgresResultStoreTests(PostgresFixture fixture)
    {
        this.fixture = fixture;
        postgres = new Postgres(fixture.Shared);
        store = new PostgresResultStore(postgres, TimeSpan.FromDays(1), NullLogger.Instance);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await postgres.DisposeAsync();

    [Fact]
    public async Task Result_is_read_as_it_was_written()
    {
        var result = new TaskResult
        {
            Id = id,
            Task = "pricing.fetch_gold_rates",
            Queue = "pricing",
            State = TaskState.Dead,
            Output = """{"rate": 1.5}""",
            Error = "Überlauf 😀\nat line 2",
            Stack = "at Somewhere()\nat Elsewhere() in Ü.cs:line 2",
            Attempts = 3,
            Redeliveries = 2,
            Worker = "worker-1/7",
            EnqueuedAt = ResultRules.Noon,
            StartedAt = ResultRules.Noon.AddMilliseconds(1),
            FinishedAt = ResultRules.Noon.AddMilliseconds(2),
        };

        await store.WriteAsync([result], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None)).Should().Be(result);
    }

    [Fact]
    public async Task Result_without_output_error_worker_and_times_is_read_as_it_was_written()
    {
        var result = new TaskResult { Id = id, Task = "t", Queue = "q", State = TaskState.Waiting, EnqueuedAt = ResultRules.Noon };

        await store.WriteAsync([result], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None)).Should().Be(result);
    }

    [Fact]
    public async Task Results_with_and_without_times_share_a_batch()
    {
        var waiting = new TaskResult { Id = id, Task = "t", Queue = "q", State = TaskState.Waiting, EnqueuedAt = ResultRules.Noon.ToOffset(TimeSpan.FromHours(2)) };
        var done = ResultRules.Make(Guid.NewGuid(), TaskState.Succeeded, 0);

        await store.WriteAsync([waiting, done], CancellationToken.None);

        (await store.ReadAsync([id, done.Id], CancellationToken.None)).Should().BeEquivalentTo([waiting, done]);
    }

    [Fact]
    public async Task Unknown_task_has_no_result()
    {
        (await store.ReadAsync(id, CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task Thousand_results_are_written_and_read_at_once()
    {
        var results = Enumerable.Range(0, 1000).Select(n => ResultRules.Make(Guid.NewGuid(), TaskState.Succeeded, n)).ToList();

        await store.WriteAsync(results, CancellationToken.None);

        var read = await store.ReadAsync([.. results.Select(result => result.Id), Guid.NewGuid()], CancellationToken.None);
        read.ToHashSet().SetEquals(results).Should().BeTrue();
    }

    [Fact]
    public async Task Empty_batch_needs_no_database()
    {
        await using var nowhere = new Postgres(fixture.Shared with { Port = 1 });

        await new PostgresResultStore(nowhere, TimeSpan.FromDays(1), NullLogger.Instance).WriteAsync([], CancellationToken.None);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Later_write_follows_the_rule(TaskState kept, TaskState incoming, int later, bool replaces)
    {
        await store.WriteAsync([ResultRules.Make(id, kept, 0, "first")], CancellationToken.None);

        await store.WriteAsync([ResultRules.Make(id, incoming, later, "second")], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None))!.Error.Should().Be(replaces ? "second" : "first");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Two_results_of_one_task_in_one_batch_follow_the_rule(TaskState kept, TaskState incoming, int later, bool replaces)
    {
        await store.WriteAsync([ResultRules.Make(id, kept, 0, "first"), ResultRules.Make(id, incoming, later, "second")], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None))!.Error.Should().Be(replaces ? "second" : "first");
    }

    [Fact]
    public async Task Same_batch_written_twice_changes_nothing()
    {
        var batch = new[] { ResultRules.Make(id, TaskState.Succeeded, 0) };
        await store.WriteAsync(batch, CancellationToken.None);

        await store.WriteAsync(batch, CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None)).Should().Be(batch[0]);
    }

    [Fact]
    public async Task Nul_characters_and_half_pairs_do_not_keep_a_batch_out()
    {
        var other = Guid.NewGuid();
        var odd = ResultRules.Make(id, TaskState.Dead, 0, "a\0b\uD800c") with { Output = "{\"k\\u0000\": \"\\ud800\"}" };

        await store.WriteAsync([odd, ResultRules.Make(other, TaskState.Succeeded, 0)], CancellationToken.None);

        var read = await store.ReadAsync(id, CancellationToken.None);
        read!.Error.Should().Be("a\uFFFDb\uFFFDc");
        read.Output.Should().Be("{\"k\uFFFD\": \"\uFFFD\"}");
        (await store.ReadAsync(other, CancellationToken.None)).Should().NotBeNull();
    }

    [Theory]
    [InlineData("{not json")]
    [InlineData("")]
    [InlineData("1e999999")]
    public async Task Output_that_cannot_be_stored_is_replaced_by_an_error_and_all_others_are_stored(string poison)
    {
        var results = Enumerable.Range(0, 50).Select(n => ResultRules.Make(Guid.NewGuid(), TaskState.Succeeded, n)).ToList();
        results[17] = results[17] with { Output = poison };
        results[42] = results[42] with { Output = poison, Error = "known" };

        await store.WriteAsync(results, CancellationToken.None);

        var read = (await store.ReadAsync([.. results.Select(result => result.Id)], CancellationToken.None)).ToDictionary(result => result.Id);
        read.Should().HaveCount(50);
        read[results[17].Id].Should().Match<TaskResult>(result => result.Output == null && result.State == TaskState.Succeeded);
        read[results[17].Id].Error.Should().StartWith("The output of the task could not be stored: ");
        read[results[42].Id].Error.Should().StartWith("known\nThe output of the task could not be stored: ");
        read[results[16].Id].Should().Be(results[16]);
    }

    [Fact]
    public async Task Deeply_nested_output_does_not_keep_a_batch_out()
    {
        var deep = ResultRules.Make(id, TaskState.Succeeded, 0) with { Output = new string('[', 100_000) + new string(']', 100_000) };

        await store.WriteAsync([deep, ResultRules.Make(Guid.NewGuid(), TaskState.Succeeded, 0)], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None))!.Error.Should().StartWith("The output of the task could not be stored: ");
    }

    [Fact]
    public async Task Result_is_gone_after_its_time_to_live()
    {
        var brief = new PostgresResultStore(postgres, TimeSpan.FromMilliseconds(1), NullLogger.Instance);

        await brief.WriteAsync([ResultRules.Make(id, TaskState.Succeeded, 0)], CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

        (await store.ReadAsync(id, CancellationToken.None)).Should().BeNull();
    }

    [Fact]
    public async Task Expired_result_gives_way_to_any_new_one()
    {
        var brief = new PostgresResultStore(postgres, TimeSpan.FromMilliseconds(1), NullLogger.Instance);
        await brief.WriteAsync([ResultRules.Make(id, TaskState.Succeeded, 5)], CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

        await store.WriteAsync([ResultRules.Make(id, TaskState.Retrying, 0)], CancellationToken.None);

        (await store.ReadAsync(id, CancellationToken.None))!.State.Should().Be(TaskState.Retrying);
    }

    [Fact]
    public async Task Janitor_deletes_only_what_has_expired()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var own = new Postgres(options);
        var janitor = new PostgresResultStore(own, TimeSpan.FromDays(1), NullLogger.Instance);
        await janitor.WriteAsync([ResultRules.Make(id, TaskState.Succeeded, 0)], CancellationToken.None);
        await fixture.Server.ExecuteAsync(
            options.Database,
            """
            INSERT INTO taskrunner.results (task_id, task, queue, state, attempts, redeliveries, enqueued_at, expires_at)
            SELECT gen_random_uuid(), 't', 'q', 'dead', 1, 0, now(), now() - interval '1 second' FROM generate_series(1, 12000)
            """);

        var deleted = await janitor.DeleteExpiredAsync(CancellationToken.None);

        deleted.Should().Be(12000);
        (await fixture.Server.ExecuteAsync(options.Database, "SELECT count(*) FROM taskrunner.results")).Should().Be(1L);
    }

    [Fact]
    public async Task Writers_that_share_tasks_do_not_block_each_other()
    {
        var ids = Enumerable.Range(0, 200).Select(_ => Guid.NewGuid()).ToArray();

        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < 10; round++)
            {
                var batch = ids.Select(task => ResultRules.Make(task, TaskState.Succeeded, (writer * 10) + round)).ToArray();
                Random.Shared.Shuffle(batch);
                await store.WriteAsync(batch, CancellationToken.None);
            }
        })));

        var read = await store.ReadAsync(ids, CancellationToken.None);
        read.Should().HaveCount(200).And.OnlyContain(result => result.FinishedAt == ResultRules.Noon.AddSeconds(59));
    }

    [Fact]
    public async Task Database_without_schema_is_told_apart()
    {
        await using var empty = new Postgres(await fixture.CreateEmptyAsync());

        var read = () => new PostgresResultStore(empty, TimeSpan.FromDays(1), NullLogger.Instance).ReadAsync(id, CancellationToken.None);

        await read.Should().ThrowAsync<DatabaseUnavailableException>().WithMessage("*not migrated: run taskrunner migrate*");
    }
}
