using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

internal sealed partial class RedisBroker
{
    /// <summary>Delayed tasks of a queue, retries among them, the earliest first; unreadable ones are left out.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="most">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<ScheduledTask>> ScheduledAsync(string queue, int most, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var found = new List<ScheduledTask>();
        for (var from = 0; from < most; from += ListStep)
        {
            var step = Math.Min(ListStep, most - from);
            var due = ReadScores((await ExecuteAsync([RedisCommand.Create("ZRANGE", k.Delayed, from, from + step - 1, "WITHSCORES")], cancellationToken))[0]);
            if (due.Count == 0)
            {
                break;
            }

            var messages = await ExecuteAsync([RedisCommand.Create("HMGET", [k.DelayedMessages, .. due.Select(d => (RedisArgument)d.Member)])], cancellationToken);
            foreach (var (time, message) in due.Zip(messages[0].Items))
            {
                if (!message.IsNull && TryRead(new Held(queue, message.AsBytes())) is { } task)
                {
                    found.Add(new ScheduledTask(task.Id, task.Task, queue, task.Priority, task.Attempt, BrokerTime.Of(time.Score)));
                }
            }

            if (due.Count < step)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>Members and scores of a reply to ZRANGE … WITHSCORES: RESP3 nests each pair in an array of its own, RESP2 does not.</summary>
    private static List<(string Member, double Score)> ReadScores(RespValue withScores)
    {
        var flat = withScores.Items.SelectMany(v => v.Type is RespType.Array ? v.Items : [v]);
        return [.. flat.Chunk(2).Select(pair => (pair[0].AsString(), pair[1].AsDouble()))];
    }
}
