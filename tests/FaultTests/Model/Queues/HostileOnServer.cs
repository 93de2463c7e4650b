using System.Globalization;
using System.Text;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Scripts;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>Hostile messages in a queue: how they come in, what their workers do with them, and where each of them is.</summary>
internal sealed class HostileOnServer(BrokerHarness harness, BrokerCalls calls)
{
    private static readonly byte[] Unreadable = "{\"reason\":\"unreadable\",\"error\":\"no\"}"u8.ToArray();

    private readonly Dictionary<string, HostileMessage> inside = new(StringComparer.Ordinal);
    private readonly List<(string Worker, Held Held)> met = [];

    /// <summary>The message that a command brings. No task has its type or its keys, so that no limit of theirs counts it.</summary>
    public static HostileMessage Of(QueueCommand command)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"bad{command.Seed:x29}");
        var message = HostileMessage.Draw(new Random(command.Seed), id, sharedKey: "shared");
        return message with { Bytes = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(message.Bytes).Replace("debug.echo", "debug.evil", StringComparison.Ordinal)) };
    }

    public async Task<string> LetInAsync(QueueCommand command)
    {
        var message = Of(command);
        var workers = (await harness.Client.ExecuteAsync(RedisCommand.Create("ZRANGE", harness.Queue.Leases, 0, -1), default)).Items.Select(worker => worker.AsString()).ToList();
        var worker = workers.Contains(command.Worker, StringComparer.Ordinal) ? command.Worker : workers.FirstOrDefault();
        var key = message.Id ?? Encoding.Latin1.GetString(message.Bytes);
        if (!IsOfSlotsThatEnd(message) && inside.TryAdd(key, message))
        {
            await HostilePlaces.PutAsync(harness, calls, message, worker is null ? command.Number % 3 : command.Number, worker ?? "", worker ?? "");
        }

        return "";
    }

    /// <summary>Whether a fetched message is hostile; its worker remembers it.</summary>
    public bool Meets(string worker, Held held)
    {
        var isHostile = ReadyAmong.IsHostile(held.Id);
        if (isHostile)
        {
            met.Add((worker, held));
        }

        return isHostile;
    }

    /// <summary>The ready lists, with all that is in them.</summary>
    public async Task<Dictionary<int, List<string>>> ReadyAsync()
    {
        var lists = await harness.Client.ExecuteAsync([.. harness.Queue.Ready.Select(list => RedisCommand.Create("LRANGE", list, 0, -1))], default);
        return lists.Index().ToDictionary(list => 9 - list.Index, list => list.Item.Items.Select(message => Envelope.IdOf(message.AsBytes())).ToList());
    }

    /// <summary>What was handed out of <paramref name="before"/> since the last time.</summary>
    public ReadyAmong Among(Dictionary<int, List<string>> before) => new(before, [.. met.Select(m => m.Held.Id)]);

    /// <summary>Workers do with what they met as the program does: what cannot be read is buried; what can ends, fails, goes back, or stays.</summary>
    public async Task SettleAsync(QueueCommand command)
    {
        foreach (var ((worker, held), i) in met.Select((m, i) => (m, i)))
        {
            var choice = (command.Seed + i) % 6;
            Settlement? settlement = !IsReadable(held) ? new Bury(held.Id, held.Queue, held.Bytes, Unreadable, []) : choice switch
            {
                0 => new Retry(held.Id, held.Queue, held.Bytes, TimeSpan.FromHours(1), []),
                1 => new Release(held.Id, held.Queue),
                2 => new Park(held.Id, held.Queue, held.Bytes, "t:odd.task"),
                3 => null,
                _ => new Acknowledge(held, []),
            };
            if (settlement is not null)
            {
                var reply = await harness.Broker.StepAsync(worker, [settlement], [], default);
                if (settlement is Acknowledge && reply.Values.Any(r => r.Acknowledged == 1))
                {
                    inside.Remove(held.Id);
                }
            }
        }

        met.Clear();
    }

    /// <summary>What is not in exactly one place that somebody looks at; nothing when all are.</summary>
    /// <param name="removes">Whether the last command removes messages.</param>
    public async Task<string?> MisplacedAsync(bool removes)
    {
        var places = Places.Of(await Snapshot.ReadAsync(harness), harness.Queue);
        foreach (var (key, message) in inside.ToList())
        {
            var found = places.OfTask(key);
            if (message.Id is null ? !places.Has(key) : found.Count == 0)
            {
                inside.Remove(key);
                if (!removes && places.ResultsOf(key) == 0)
                {
                    return $"the hostile message '{message}' is nowhere";
                }
            }
            else if (message.Id is not null && found.Count > 1)
            {
                return $"the hostile message '{message}' is {string.Join(" and ", found)}";
            }
        }

        return places.Mistakes.Count > 0 ? places.Mistakes[0] : null;
    }

    /// <summary>A slot that is given back while a fetch goes on brings a hostile message into it that the lists of before do not have.</summary>
    private static bool IsOfSlotsThatEnd(HostileMessage message) => message.Name.StartsWith("forged mark", StringComparison.Ordinal) && message.Name.Contains("expired", StringComparison.Ordinal);

    private static bool IsReadable(Held held)
    {
        try
        {
            Envelope.Read(held.Bytes, held.Queue);
            return true;
        }
        catch (EnvelopeException)
        {
            return false;
        }
    }
}
