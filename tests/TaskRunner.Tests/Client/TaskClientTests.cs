using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

public sealed class TaskClientTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Enqueued_task_carries_its_arguments_queue_and_priority()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness);

        var task = await client.EnqueueAsync("pricing.quote", new Order("gold", 3), new EnqueueOptions { Queue = "pricing", Priority = 8 });

        task.IsAccepted.Should().BeTrue();
        var message = Envelope.Read(Encoding.UTF8.GetBytes((await harness.ListAsync(harness.Keys.Of("pricing").Ready[1])).Single()), "pricing");
        message.Id.Should().Be(task.Id);
        message.Task.Should().Be("pricing.quote");
        Encoding.UTF8.GetString(message.Arguments.Span).Should().Be("""{"metal":"gold","grams":3}""");
    }

    [Fact]
    public async Task What_is_said_of_a_type_holds_for_its_tasks_unless_the_call_says_otherwise()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var options = new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace };
        options.DescribeTask("pricing.quote").Queue("pricing").Priority(8).Unique();
        await using var client = TaskClient.Create(options);

        var first = await client.EnqueueAsync("pricing.quote", new Order("gold", 3));
        var second = await client.EnqueueAsync("pricing.quote", new Order("gold", 3));
        var elsewhere = await client.EnqueueAsync("pricing.quote", new Order("gold", 3), new EnqueueOptions { Queue = "urgent", Priority = 9 });

        first.IsAccepted.Should().BeTrue();
        second.Status.Should().Be(EnqueueStatus.UniqueKeyHeld, "its arguments are the same");
        elsewhere.IsAccepted.Should().BeTrue("a unique key belongs to a queue");
        (await harness.ListAsync(harness.Keys.Of("pricing").Ready[1])).Should().ContainSingle();
        (await harness.ListAsync(harness.Keys.Of("urgent").Ready[0])).Should().ContainSingle();
    }

    [Fact]
    public async Task Key_that_cannot_be_made_is_the_caller_s_to_see_and_adds_nothing()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var options = new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace };
        options.DescribeTask("pricing.quote").Unique(key: arguments => arguments.Span.IndexOf("gold"u8) < 0 ? throw new TimeoutException("no metal") : "one");
        await using var client = TaskClient.Create(options);

        var enqueue = () => client.EnqueueManyAsync("pricing.quote", [new Order("gold", 1), new Order("lead", 3)]);

        (await enqueue.Should().ThrowAsync<TaskRulesException>()).WithMessage("The rules of task type 'pricing.quote' failed: TimeoutException: no metal").WithInnerException<TimeoutException>();
        (await harness.NumberAsync("EXISTS", harness.Queue.Unique)).Should().Be(0);
    }

    [Fact]
    public async Task What_a_call_says_of_its_unique_key_wins_over_what_is_said_of_the_type()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var options = new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace };
        options.DescribeTask("pricing.quote").Unique(onConflict: UniqueConflict.Reject, upTo: TimeSpan.FromHours(1));
        await using var client = TaskClient.Create(options);

        await client.EnqueueAsync("pricing.quote", new Order("gold", 3));
        var replacing = await client.EnqueueAsync("pricing.quote", new Order("gold", 3), new EnqueueOptions { OnConflict = UniqueConflict.Replace, UniqueFor = TimeSpan.FromMinutes(1) });

        replacing.IsAccepted.Should().BeTrue();
        var held = (await harness.Broker.UniqueKeysAsync("default", default)).Single();
        held.Task.Should().Be(replacing.Id);
        held.Remaining.Should().BePositive().And.BeLessThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Client_of_a_program_knows_the_types_that_it_maps()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("report.make", (Order _, TaskContext _, CancellationToken _) => Task.CompletedTask).Queue("reports").Priority(9);
        app.Services.AddTaskRunnerClient(options => (options.BrokerUrl, options.Namespace) = (redis.Url, harness.Broker.Options.Namespace));
        await using var services = app.Services.BuildServiceProvider();

        await services.GetRequiredService<TaskClient>().EnqueueAsync("report.make", new Order("gold", 3));

        (await harness.ListAsync(harness.Keys.Of("reports").Ready[0])).Should().ContainSingle();
    }

    [Fact]
    public async Task Repeated_call_with_the_same_id_is_one_task()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness);
        var options = new EnqueueOptions { Id = Guid.NewGuid() };

        var first = await client.EnqueueJsonAsync("debug.echo", "{}"u8.ToArray(), options);
        var second = await client.EnqueueJsonAsync("debug.echo", "{}"u8.ToArray(), options);

        first.Status.Should().Be(EnqueueStatus.Accepted);
        second.Should().Be(new EnqueuedTask(first.Id, EnqueueStatus.Duplicate));
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(1);
    }

    [Fact]
    public async Task Task_with_a_moment_waits_in_the_delayed_set()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness);

        await client.EnqueueAsync("debug.echo", 1, new EnqueueOptions { At = TimeProvider.System.GetUtcNow().AddHours(1) });
        await client.EnqueueAsync("debug.echo", 2, new EnqueueOptions { At = TimeProvider.System.GetUtcNow().AddHours(-1) });

        (await harness.NumberAsync("ZCARD", harness.Queue.Delayed)).Should().Be(1);
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(1, "a moment in the past means at once");
    }

    [Fact]
    public async Task Ten_thousand_tasks_are_enqueued_in_one_call_in_their_order()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness);

        var tasks = await client.EnqueueManyAsync("debug.echo", Enumerable.Range(0, 10_000));

        tasks.Should().HaveCount(10_000).And.OnlyContain(t => t.IsAccepted);
        var list = await harness.ListAsync(harness.Queue.Ready[4]);
        list.Select(m => m[..32]).Should().Equal(tasks.Select(t => t.Id.ToString("N")));
    }

    [Fact]
    public async Task Concurrent_single_enqueues_share_round_trips()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await using var client = Client(harness, server.Url);
        await client.EnqueueAsync("debug.echo", 0);
        await harness.Client.ExecuteAsync(RedisCommand.Create("CONFIG", "RESETSTAT"), default);

        var tasks = await Task.WhenAll(Enumerable.Range(0, 5_000).Select(i => client.EnqueueAsync("debug.echo", i)));

        tasks.Should().OnlyContain(t => t.IsAccepted);
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(5_001);
        (await CallsAsync(harness, "evalsha")).Should().BeInRange(1, 500);
    }

    [Fact]
    public async Task Task_over_the_limit_is_refused_and_those_beside_it_are_not()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness);
        var large = new string('x', harness.Broker.Options.MaxPayloadBytes);

        var small = Enumerable.Range(0, 50).Select(i => client.EnqueueAsync("debug.echo", i)).ToList();
        var refused = client.EnqueueAsync("debug.echo", large);
        small.AddRange(Enumerable.Range(50, 50).Select(i => client.EnqueueAsync("debug.echo", i)));

        await refused.Invoking(r => r).Should().ThrowAsync<PayloadTooLargeException>();
        (await Task.WhenAll(small)).Should().OnlyContain(t => t.IsAccepted);
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(100);
    }

    [Fact]
    public async Task Broker_that_is_away_says_that_nothing_was_added()
    {
        await using var client = TaskClient.Create(new TaskClientOptions { BrokerUrl = $"redis://127.0.0.1:{FreePort.Next()}" });

        var enqueue = () => client.EnqueueAsync("debug.echo", 1);

        (await enqueue.Should().ThrowAsync<BrokerUnavailableException>()).Which.OutcomeUnknown.Should().BeFalse();
    }

    [Fact]
    public async Task Broker_that_falls_silent_leaves_the_outcome_unknown_and_the_repeated_call_is_one_task()
    {
        await using var server = await RedisServer.StartAsync();
        await using var harness = await BrokerHarness.OpenAsync(server.Url);
        await using var client = Client(harness, server.Url);
        await client.EnqueueAsync("debug.echo", 0);
        var options = new EnqueueOptions { Id = Guid.NewGuid() };

        await server.PauseAsync();
        var enqueue = () => client.EnqueueAsync("debug.echo", 1, options);
        (await enqueue.Should().ThrowAsync<BrokerUnavailableException>()).Which.OutcomeUnknown.Should().BeTrue();
        await server.ResumeAsync();

        await Eventually.TrueAsync(async () => (await harness.Broker.StatusAsync("default", default)).Waiting == 2);
        (await client.EnqueueAsync("debug.echo", 1, options)).Status.Should().Be(EnqueueStatus.Duplicate);
    }

    [Theory]
    [InlineData("", null, null, "A task name has 1 to 200 characters")]
    [InlineData("debug.echo", "no queue", null, "queue")]
    [InlineData("debug.echo", null, 10, "The priority is 10")]
    public async Task Mistakes_are_refused_before_anything_is_sent(string task, string? queue, int? priority, string sentence)
    {
        await using var client = TaskClient.Create(new TaskClientOptions { BrokerUrl = redis.Url });

        var enqueue = () => client.EnqueueAsync(task, 1, new EnqueueOptions { Queue = queue, Priority = priority });

        await enqueue.Should().ThrowAsync<ArgumentException>().WithMessage($"*{sentence}*");
    }

    [Fact]
    public async Task Application_gets_one_client_by_its_configuration()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["TASKRUNNER_BROKER_URL"] = redis.Url,
            ["TASKRUNNER_NAMESPACE"] = harness.Broker.Options.Namespace,
            ["TASKRUNNER_ROUTES"] = "reports.*=reports:7",
        }).Build();
        await using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddTaskRunnerClient().BuildServiceProvider();

        await services.GetRequiredService<TaskClient>().EnqueueAsync("reports.count_words", new { text = "a b" });

        (await harness.ListAsync(harness.Keys.Of("reports").Ready[2])).Should().ContainSingle();
    }

    [Fact]
    public void Settings_with_mistakes_are_listed_with_their_variables()
    {
        var create = () => TaskClient.Create(new TaskClientOptions { BrokerUrl = "http://nowhere", Namespace = "no such name" });

        create.Should().Throw<ConfigurationException>().Which.Mistakes.Should().HaveCount(2)
            .And.Contain(m => m.Contains("TASKRUNNER_BROKER_URL")).And.Contain(m => m.Contains("TASKRUNNER_NAMESPACE"));
    }

    private TaskClient Client(BrokerHarness harness, string? url = null) =>
        TaskClient.Create(new TaskClientOptions { BrokerUrl = url ?? redis.Url, Namespace = harness.Broker.Options.Namespace });

    private static async Task<long> CallsAsync(BrokerHarness harness, string command)
    {
        var info = (await harness.Client.ExecuteAsync(RedisCommand.Create("INFO", "commandstats"), default)).AsString();
        var line = info.Split('\n').Single(l => l.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal));
        return long.Parse(line.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed record Order(string Metal, int Grams);
}
