using System.Text.Json.Serialization;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

/// <summary>Arguments that do not fit the type of their task.</summary>
public sealed partial class StrictArgumentsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    [Theory]
    [InlineData("order", """{"metal":"gold","gramms":3}""", "gramms", "Order")]
    [InlineData("order", """{"metal":"gold"}""", "grams", "Order")]
    [InlineData("order", """{"grams":3}""", "metal", "Order")]
    [InlineData("order", """{"metal":null,"grams":3}""", "metal", "Order")]
    [InlineData("order", """{"metal":"gold","grams":"3g"}""", "grams", "Order")]
    [InlineData("order", """{"metal":"gold","grams":3,"extra":1}""", "extra", "Order")]
    [InlineData("order", "{}", "metal", "Order")]
    [InlineData("order", "[]", "Order", "Order")]
    [InlineData("order", "null", "null", "Order")]
    [InlineData("generated", """{"metal":"gold","gramms":3}""", "gramms", "Order")]
    [InlineData("generated", """{"metal":"gold"}""", "grams", "Order")]
    [InlineData("generated", """{"metal":null,"grams":3}""", "metal", "Order")]
    [InlineData("nested", """{"order":{"metal":"gold"},"also":[]}""", "grams", "Order")]
    [InlineData("nested", """{"order":{"metal":"gold","grams":1},"also":[{"metal":"gold","grms":1}]}""", "grms", "Order")]
    [InlineData("plain", """{"nmae":"x"}""", "nmae", "Plain")]
    [InlineData("plain", "{}", "name", "Plain")]
    public async Task Misspelt_or_missing_member_fails_the_task_at_once_and_is_named(string task, string arguments, string member, string type)
    {
        var result = await RunAsync(task, arguments, strict: true);

        result.Should().BeEquivalentTo(new { State = TaskState.Dead, Attempts = 1 });
        result.Error.Should().Contain(member).And.Contain(type).And.Contain($"'{task}'");
    }

    [Theory]
    [InlineData("order", """{"metal":"gold","grams":3}""")]
    [InlineData("order", """{"Metal":"gold","GRAMS":3}""")]
    [InlineData("order", """{"metal":"gold","grams":3,"currency":"EUR"}""")]
    [InlineData("order", """{"metal":"gold","grams":3,"note":null,"tries":null}""")]
    [InlineData("generated", """{"metal":"gold","grams":3}""")]
    [InlineData("nested", """{"order":{"metal":"gold","grams":1},"also":[]}""")]
    [InlineData("plain", """{"name":"x"}""")]
    [InlineData("plain", """{"name":"x","count":2}""")]
    [InlineData("loose", """{"a":1,"whatever":2}""")]
    [InlineData("extended", """{"a":1,"whatever":2}""")]
    public async Task What_may_be_absent_may_be_absent(string task, string arguments)
    {
        (await RunAsync(task, arguments, strict: true)).Should().BeEquivalentTo(new { State = TaskState.Succeeded, Attempts = 1 });
    }

    [Theory]
    [InlineData("order", """{"metal":"gold","gramms":3}""")]
    [InlineData("generated", """{"gramms":3}""")]
    [InlineData("order", """{"metal":null}""")]
    public async Task Program_may_opt_out(string task, string arguments)
    {
        (await RunAsync(task, arguments, strict: false)).State.Should().Be(TaskState.Succeeded);
    }

    [Fact]
    public void Opting_out_comes_before_the_first_task()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("order", (Order _, TaskContext _, CancellationToken _) => Task.CompletedTask);

        var late = () => app.StrictArguments = false;

        late.Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public async Task Outputs_are_written_as_before()
    {
        var result = await RunAsync("output", "{}", strict: true);

        result.Should().BeEquivalentTo(new { State = TaskState.Succeeded, Output = """{"metal":null,"grams":0,"currency":"EUR","note":null,"tries":null}""" });
    }

    private async Task<TaskResult> RunAsync(string task, string arguments, bool strict)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.StrictArguments = strict;
        if (task == "generated")
        {
            app.Json.TypeInfoResolverChain.Clear();
            app.Json.TypeInfoResolverChain.Add(GeneratedJson.Default);
            app.MapTask("generated", (Order _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        }
        else
        {
            app.MapTask("order", (Order _, TaskContext _, CancellationToken _) => Task.CompletedTask);
            app.MapTask("nested", (Nested _, TaskContext _, CancellationToken _) => Task.CompletedTask);
            app.MapTask("plain", (Plain _, TaskContext _, CancellationToken _) => Task.CompletedTask);
            app.MapTask("loose", (Loose _, TaskContext _, CancellationToken _) => Task.CompletedTask);
            app.MapTask("extended", (Extended _, TaskContext _, CancellationToken _) => Task.CompletedTask);
            app.MapTask("output", (Empty _, TaskContext _, CancellationToken _) => Task.FromResult(new Order(null!, 0)));
        }

        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message(task, arguments: arguments));
        return await results.FinalAsync(sent.Id);
    }

    private sealed record Order(string Metal, int Grams, string Currency = "EUR", string? Note = null, int? Tries = null);

    private sealed record Nested(Order Order, IReadOnlyList<Order> Also, string? MayBeAbsent);

    private sealed class Plain
    {
        public required string Name { get; init; }

        public int Count { get; init; }
    }

    [JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
    private sealed record Loose(int A);

    private sealed class Extended
    {
        [JsonExtensionData]
        public Dictionary<string, System.Text.Json.JsonElement>? Rest { get; init; }
    }

    private sealed record Empty;

    [JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(Order))]
    private sealed partial class GeneratedJson : JsonSerializerContext;
}
