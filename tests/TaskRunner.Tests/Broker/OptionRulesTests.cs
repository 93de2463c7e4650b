using System.Globalization;
using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>The rules of options as scripts keep them; <see cref="OptionRulesInWorkersTests"/> holds workers to the same table.</summary>
public abstract class OptionRulesTests(RedisFixture redis)
{
    [Fact]
    public async Task Task_whose_options_keep_the_rules_is_handed_out_and_every_other_is_dead_with_a_sentence()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var mistakes = new List<string>();
        foreach (var (option, json, isAllowed) in OptionRules.All)
        {
            var id = Guid.CreateVersion7().ToString("N");
            var message = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}500+{Encoding.UTF8.GetByteCount(json):0000}{json}{{\"v\":1,\"task\":\"x\"}}"));
            await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);

            var reply = await harness.StepAsync("w1", 1);

            var isHandedOut = reply.Messages.Count == 1;
            var error = isHandedOut ? "" : (await DeadAsync(harness, id))?.Error ?? "it is nowhere";

            // To the reader of Lua half of a surrogate pair is no JSON.
            var sentence = option.Length == 0 || json.Contains("\\ud", StringComparison.Ordinal) ? "the options are not a JSON object" : $"option {option}";
            if (isHandedOut != isAllowed || (!isAllowed && !(error.StartsWith("unreadable: ", StringComparison.Ordinal) && error.Contains(sentence, StringComparison.Ordinal))))
            {
                mistakes.Add($"{json}: {(isHandedOut ? "handed out" : error)}");
            }

            // Nothing that one of them holds is to stand in the way of the next.
            await harness.Client.ExecuteAsync(
                RedisCommand.Create("DEL", harness.Queue.InFlight("w1"), harness.Queue.Slots, harness.Queue.Buckets, harness.Queue.Parked, harness.Queue.ParkedMessages, harness.Queue.ParkedByRate), default);
        }

        mistakes.Should().BeEmpty();
    }

    private static async Task<DeadTask?> DeadAsync(BrokerHarness harness, string id)
    {
        await foreach (var task in harness.Broker.DeadAsync(new DeadFilter { Queue = "default", Ids = [id] }, default))
        {
            return task;
        }

        return null;
    }
}
