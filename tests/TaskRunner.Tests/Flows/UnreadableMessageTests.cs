using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Flows;

/// <summary>What cannot be read and has an id: whoever waits for it hears of it, and its flow does not stop without a word.</summary>
public sealed class UnreadableMessageTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    public static TheoryData<string> Bodies =>
    [
        """500{"v":1,"task":"work","at":[1],"keep":60000,"flow":FLOW,"args":{}}""",
        """500{"v":1,"task":"work","at":1e999,"keep":60000,"flow":FLOW,"args":{}}""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"args":{},"task":"other"}""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"args":{} , }""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"args":{not json""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"args":""" + new string('[', 100_000) + new string(']', 100_000) + "}",
        """500{"v":1,"task":"a\u0000b","keep":60000,"flow":FLOW,"args":{}}""",
        """500{"v":1,"keep":60000,"flow":FLOW,"args":{}}""",
        """500{"v":1,"task":5,"keep":60000,"flow":FLOW,"schedule":{"a":1}}""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"schedule":"\ud800"}""",
        """x00{"v":1,"task":"work","keep":60000,"flow":FLOW}""",
        """5zz{"v":1,"task":"work","keep":60000,"flow":FLOW}""",
        """500+0009{"c":[1]}{"v":1,"task":"work","keep":60000,"flow":FLOW}""",
        """500{"v":1,"task":"work","keep":60000,"flow":FLOW,"attempt":"many","baggage":{}}""",
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Unreadable_message_leaves_a_result_and_runs_the_error_step_of_its_flow(string body)
    {
        await using var run = Open(await BrokerHarness.OpenAsync(redis.Url));
        var id = Guid.NewGuid();
        var flow = new FlowState { Next = [new FlowStep { Task = "work" }], Error = new FlowStep { Task = "alert" } }.Write();

        await run.PushAsync(Encoding.UTF8.GetBytes(id.ToString("N") + body.Replace("FLOW", JsonSerializer.Serialize(flow), StringComparison.Ordinal)));

        var result = await run.Results.FinalAsync(id);
        result.State.Should().Be(TaskState.Dead);
        result.Error.Should().StartWith("unreadable: ");
        await Eventually.TrueAsync(() => run.Alerts.Count == 1);
        run.Alerts.Single().Should().Contain(id.ToString()).And.Contain("unreadable: ");
        var kept = await Eventually.ReturnsAsync(() => run.Harness.Broker.KeptResultsAsync([id], default), found => found.Count == 1, what: "the result is kept");
        kept[0].State.Should().Be(TaskState.Dead);
        (await run.Harness.Broker.StatusAsync("default", default)).Dead.Should().Be(1, "its bytes are kept for people");
    }

    [Fact]
    public async Task Message_that_is_no_UTF_8_leaves_a_result()
    {
        await using var run = Open(await BrokerHarness.OpenAsync(redis.Url));
        var id = Guid.NewGuid();

        await run.PushAsync([.. Encoding.UTF8.GetBytes(id.ToString("N") + "500{\"task\":\"work\",\"args\":\""), 0xff, .. "\"}"u8]);

        (await run.Results.FinalAsync(id)).Should().BeEquivalentTo(new { State = TaskState.Dead, Task = "work" });
    }

    [Theory]
    [InlineData("\"x\\ud83d\"")]
    [InlineData("{\"a\":[{\"b\":\"\\udc00\"}]}")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task Half_of_a_surrogate_pair_from_another_language_fails_the_task_at_once_and_says_where(string arguments)
    {
        await using var run = Open(await BrokerHarness.OpenAsync(redis.Url));
        var id = Guid.NewGuid();

        await run.PushAsync(Encoding.UTF8.GetBytes($"{id:N}500{{\"task\":\"work\",\"args\":{arguments}}}"));

        (await run.Results.FinalAsync(id)).Should().BeEquivalentTo(new { State = TaskState.Dead, Attempts = 1 });
        (await run.Results.FinalAsync(id)).Error.Should().Contain("half of a surrogate pair");
    }

    [Theory]
    [InlineData("""{"next":[null]}""")]
    [InlineData("""{"next":[{"members":[[null]]}]}""")]
    [InlineData("""{"next":[{"members":[null]}]}""")]
    [InlineData("""{"next":[{"members":[[]]}]}""")]
    [InlineData("""{"next":[{}]}""")]
    [InlineData("""{"next":[{"task":"a\nb"}]}""")]
    [InlineData("""{"next":[{"task":"work","priority":12}]}""")]
    [InlineData("""{"next":[{"task":"work","queue":"a b"}]}""")]
    [InlineData("""{"next":[{"task":"work","args":"\ud800"}]}""")]
    [InlineData("""{"next":[{"task":"work"},{"task":"work","args":{"a":"\ud800"}}]}""")]
    [InlineData("""{"next":[{"task":"work","keep":-1}]}""")]
    [InlineData("""{"error":{"members":[[{"task":"work"}]]},"next":[{"task":"work"}]}""")]
    [InlineData("""{"group":"0193f2b0-a1b2-7c3d-8e4f-5a6b7c8d9e0f","member":-5}""")]
    [InlineData("[]")]
    [InlineData("not json")]
    public async Task Flow_that_another_program_wrote_wrongly_costs_itself_only(string flow)
    {
        await using var run = Open(await BrokerHarness.OpenAsync(redis.Url));
        var hostile = Guid.NewGuid();

        await run.PushAsync(Encoding.UTF8.GetBytes($"{hostile:N}500{{\"task\":\"work\",\"flow\":{JsonSerializer.Serialize(flow)}}}"));

        (await run.Results.FinalAsync(hostile)).State.Should().Be(TaskState.Succeeded);
        var good = await new FlowEnqueuer(run.Harness.Broker, TimeProvider.System).StartAsync(Flow.Chain(new Step("work"), new Step("work")), Guid.NewGuid(), default);
        await run.Results.FinalAsync(good.LastId);
    }

    private Run Open(BrokerHarness harness)
    {
        var run = new Run(harness);
        var app = TaskRunnerApp.Create([]);
        app.MapTask("work", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        app.MapTask("alert", (JsonElement failure, TaskContext _, CancellationToken _) =>
        {
            run.Alerts.Enqueue(failure.GetRawText());
            return Task.CompletedTask;
        });
        run.Worker = TestWorker.Start(app, redis.Url, harness, results: run.Results);
        return run;
    }

    private sealed class Run(BrokerHarness harness) : IAsyncDisposable
    {
        public BrokerHarness Harness => harness;

        public MemoryResultStore Results { get; } = new();

        public ConcurrentQueue<string> Alerts { get; } = new();

        public TestWorker Worker { get; set; } = null!;

        public async Task PushAsync(byte[] message)
        {
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Wake, "1"), default);
        }

        public async ValueTask DisposeAsync()
        {
            await Worker.DisposeAsync();
            await harness.DisposeAsync();
        }
    }
}
