using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>The broker on Redis: every state change of a task is one script, and one round trip carries many.</summary>
/// <param name="client">The connection.</param>
/// <param name="options">How it is used.</param>
/// <param name="enqueued">Told how many tasks a queue accepted, for metrics.</param>
internal sealed partial class RedisBroker(RedisClient client, BrokerOptions options, Action<string, int>? enqueued = null) : IEnqueuer
{
    private readonly BrokerKeys keys = new(options.Namespace);
    private readonly BrokerCalls calls = new(new BrokerKeys(options.Namespace), options);

    /// <summary>The options it was made with.</summary>
    public BrokerOptions Options => options;

    /// <summary>Kind and version of the server, for people.</summary>
    public string ServerDescription => client.Server?.ToString() ?? "unknown";

    /// <summary>Whether the connection is up now.</summary>
    public bool IsConnected => client.IsConnected;

    /// <summary>Queues that fail by themselves now.</summary>
    public QueueFaults Faults { get; } = new();

    private async Task<RespValue[]> EvaluateAsync(IReadOnlyList<LuaCall> batch, CancellationToken cancellationToken, bool isDirect = false)
    {
        var replies = await SentAsync(() => client.EvaluateAsync(batch, cancellationToken, isDirect));
        return Array.FindIndex(replies, reply => reply.IsError) is >= 0 and var at
            ? throw await RefusedAsync(replies, at, [.. batch[at].Keys.Select(key => key.Text).OfType<string>()], cancellationToken)
            : replies;
    }

    private async Task<RespValue[]> ExecuteAsync(IReadOnlyList<RedisCommand> batch, CancellationToken cancellationToken)
    {
        var replies = await SentAsync(() => client.ExecuteAsync(batch, cancellationToken));
        return Array.FindIndex(replies, reply => reply.IsError) is >= 0 and var at ? throw await RefusedAsync(replies, at, batch[at].Words(), cancellationToken) : replies;
    }

    /// <summary>The exception for a command that was refused; it names the key that is to blame, where one is.</summary>
    /// <param name="replies">The replies to the batch.</param>
    /// <param name="at">Which of them it is.</param>
    /// <param name="names">The keys of that command; what is no key of the namespace is passed over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private async Task<BrokerUnavailableException> RefusedAsync(RespValue[] replies, int at, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        string? wrong = null;
        List<string> own = KeyTypes.IsQueueFault(replies[at]) ? [.. names.Where(name => KeyPlace.TypeOf(keys, name) is not null)] : [];
        if (own.Count > 0)
        {
            try
            {
                wrong = KeyTypes.Wrong(keys, own, await client.ExecuteAsync(KeyTypes.AskFor(own), cancellationToken));
            }
            catch (RedisUnavailableException)
            {
                // What the server said first has to do.
            }
        }

        return Refused(replies, at, wrong);
    }

    private static BrokerUnavailableException Refused(RespValue[] replies, int at, string? wrong = null) => new(
        // Other calls of the batch may have been carried out: whoever asked must not take the whole for undone.
        $"The broker refused a command: {wrong ?? replies[at].ErrorMessage}", outcomeUnknown: replies.Length > 1, new RedisServerException(replies[at].ErrorCode, replies[at].ErrorMessage));

    private static async Task<RespValue[]> SentAsync(Func<Task<RespValue[]>> send)
    {
        try
        {
            return await send();
        }
        catch (RedisUnavailableException e)
        {
            throw new BrokerUnavailableException(e.Message, e.MayHaveExecuted, e);
        }
    }

    /// <summary>The replies, with errors that are about the keys of one queue left in their places.</summary>
    private async Task<RespValue[]> EvaluateQueuesAsync(IReadOnlyList<LuaCall> batch, CancellationToken cancellationToken)
    {
        var replies = await SentAsync(() => client.EvaluateAsync(batch, cancellationToken, isDirect: true));
        Checked([.. replies.Where(reply => !KeyTypes.IsQueueFault(reply))]);
        return replies;
    }

    /// <summary>The reply to a call of one queue.</summary>
    /// <exception cref="QueueFaultException">The queue's keys are not what they must be.</exception>
    private async Task<RespValue> EvaluateQueueAsync(string queue, string worker, LuaCall call, CancellationToken cancellationToken)
    {
        var reply = (await EvaluateQueuesAsync([call], cancellationToken))[0];
        if (reply.IsError)
        {
            throw new QueueFaultException(queue, await FaultAsync(queue, call.Script.Name, worker, reply, cancellationToken), KeyTypes.IsWrongType(reply));
        }

        Faults.Clear(queue, call.Script.Name);
        return reply;
    }

    /// <summary>Finds out which key of a queue is to blame, and notes it.</summary>
    private async Task<string> FaultAsync(string queue, string work, string worker, RespValue error, CancellationToken cancellationToken)
    {
        var k = keys.Of(queue);
        var types = await SentAsync(() => client.ExecuteAsync(KeyTypes.Ask(k, worker), cancellationToken));
        var reason = KeyTypes.Describe(k, worker, types, error.ErrorMessage ?? "");
        Faults.Note(queue, work, reason);
        return reason;
    }

    private static RespValue[] Checked(RespValue[] replies) => Array.FindIndex(replies, reply => reply.IsError) is >= 0 and var at ? throw Refused(replies, at) : replies;
}
