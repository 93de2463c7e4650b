using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>
/// What a worker tells of itself in the keys of the whole namespace. A worker serves its queues without them: a key there that is not what it must be is named,
/// and told again what it did not take.
/// </summary>
internal sealed partial class WorkerRegistry(BlockingRedisClient client, BrokerKeys keys, BrokerCalls calls, QueueFaults faults, ILogger logger)
{
    private const string Register = "register";

    private readonly HashSet<string> queues = new(StringComparer.Ordinal);
    private WorkerDescription? told;

    /// <summary>Tells the others who a worker is and which queues it serves, in place of what was told before.</summary>
    /// <exception cref="RedisServerException">The server refused for another reason than the type of a key.</exception>
    public void Tell(WorkerDescription worker, IReadOnlyList<string> served)
    {
        told = worker;
        queues.UnionWith(served);
        Send(worker, served);
    }

    /// <summary>Makes more queues known.</summary>
    /// <inheritdoc cref="Tell"/>
    public void Add(IReadOnlyList<string> more)
    {
        queues.UnionWith(more);
        IsRefused("queues", keys.Queues, client.Execute([RedisCommand.Create("SADD", [keys.Queues, .. more.Select(q => (RedisArgument)q)])])[0]);
    }

    /// <summary>Tells again what was refused, in case that the key is mended.</summary>
    /// <inheritdoc cref="Tell"/>
    public void TellAgain()
    {
        if (told is { } worker && faults.Has(QueueFaults.Namespace))
        {
            Send(worker, [.. queues]);
            faults.Clear(QueueFaults.Namespace, "queues");
            IsRefused("marks", keys.CancelledAnywhere, client.Execute([RedisCommand.Create("ZCARD", keys.CancelledAnywhere)])[0]);
        }
    }

    /// <summary>Forgets a worker, as far as the keys allow.</summary>
    public void Forget(string worker) =>
        client.Execute([RedisCommand.Create("HDEL", keys.Workers, worker), RedisCommand.Create("DEL", keys.Control(worker), keys.Report(worker))]);

    /// <summary>Whether a key of the namespace is to blame for a reply. It is noted by its name, and logged once.</summary>
    /// <param name="work">What fails: it is over when the same succeeds.</param>
    /// <param name="key">The key.</param>
    /// <param name="reply">The reply.</param>
    /// <exception cref="RedisServerException">The server refused for another reason.</exception>
    public bool IsRefused(string work, string key, RespValue reply)
    {
        if (!reply.IsError)
        {
            faults.Clear(QueueFaults.Namespace, work);
            return false;
        }

        string[] suspects = work == Register ? [keys.Workers, keys.Queues] : [key];
        var wrong = KeyTypes.Wrong(keys, suspects, client.Execute(KeyTypes.AskFor(suspects)));
        if (wrong is null)
        {
            RedisReplies.ValueOrThrow(reply);
        }
        else if (faults.Note(QueueFaults.Namespace, work, wrong))
        {
            LogWrong(logger, wrong);
        }

        return true;
    }

    private void Send(WorkerDescription worker, IReadOnlyList<string> served) => IsRefused(
        Register, keys.Workers, client.Evaluate([calls.Register(worker.Name, JsonSerializer.SerializeToUtf8Bytes(worker, BrokerJson.Default.WorkerDescription), served)])[0]);

    [LoggerMessage(LogLevel.Error, "The worker goes on without a key of its namespace: {Reason}")]
    private static partial void LogWrong(ILogger logger, string reason);
}
