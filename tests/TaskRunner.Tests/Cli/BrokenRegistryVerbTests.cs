using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Verbs while a key of the namespace is not what it must be: those that need it name it, an enqueue does not need it.</summary>
public sealed class BrokenRegistryVerbTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly StockProgram program = new(ProgramVariables.Of(redis));

    [Theory]
    [InlineData("queues", "set", "inspect queues")]
    [InlineData("queues", "set", "queues list")]
    [InlineData("queues", "set", "dead list")]
    [InlineData("queues", "set", "queues pause default")]
    [InlineData("workers", "hash", "inspect ping")]
    [InlineData("workers", "hash", "inspect registered")]
    [InlineData("cancelled", "zset", "control revoke 01a22778-80df-7000-b7ab-93978a9e1ba0 --queue default")]
    public async Task Verb_names_the_key_and_what_it_must_be(string name, string type, string verb)
    {
        var key = await BreakAsync(name);

        var outcome = await program.RunAsync(verb.Split(' '));

        outcome.Code.Should().Be(3);
        outcome.Error.Should().Contain($"key {key} is a string and must be a {type}").And.NotContain("WRONGTYPE");
    }

    [Theory]
    [InlineData("queues")]
    [InlineData("workers")]
    [InlineData("cancelled")]
    public async Task Task_is_enqueued_without_it(string name)
    {
        await BreakAsync(name);

        (await program.RunAsync("enqueue", "debug.echo", "--queue", "default")).Should().BeEquivalentTo(new { Code = 0 });
    }

    private async Task<string> BreakAsync(string name)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { Namespace = program.Variable("TASKRUNNER_NAMESPACE") });
        var key = $"{{tr:{harness.Broker.Options.Namespace}}}:{name}";
        await harness.Client.ExecuteAsync(RedisCommand.Create("SET", key, "wrong"), default);
        return key;
    }
}
