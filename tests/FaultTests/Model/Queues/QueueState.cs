using System.Globalization;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>All keys of a queue on the server, in the words of the model. What belongs together and does not fit is a line that no model has.</summary>
internal sealed class QueueState
{
    private readonly List<string> lines = [];
    private readonly QueueKeys keys;
    private readonly long now;
    private readonly Dictionary<string, RespValue> values = new(StringComparer.Ordinal);

    private QueueState(QueueKeys keys, IEnumerable<string> names, RespValue[] replies, long now)
    {
        this.keys = keys;
        this.now = now;
        foreach (var (name, reply) in names.Zip(replies))
        {
            values[name] = reply;
        }
    }

    /// <summary>Where each message is that some key has: the command that puts another one in its place.</summary>
    public Dictionary<string, (byte[] Message, Func<byte[], RedisCommand> Replace)> Messages { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Lines => lines;

    /// <summary>How many workers were woken.</summary>
    public long Tokens { get; private set; }

    public static async Task<QueueState> ReadAsync(BrokerHarness harness, IReadOnlyList<string> workers)
    {
        var k = harness.Queue;
        (string Name, RedisCommand Read)[] reads =
        [
            .. k.Ready.Concat([.. workers.Select(k.Results), k.OrphanedResults]).Select(list => (list, RedisCommand.Create("LRANGE", list, 0, -1))),
            .. new[] { k.Delayed, k.Leases, k.Remembered, k.Dead, k.Cancelled, k.Parked, k.ParkedByRate, k.UniqueEnds }.Select(set => (set, RedisCommand.Create("ZRANGE", set, 0, -1, "WITHSCORES"))),
            .. new[] { k.DelayedMessages, k.DeadMessages, k.DeadReasons, k.Meta, k.Slots, k.ParkedMessages, k.ParkedByKind, k.Unique, k.Limits }.Concat(workers.Select(k.InFlight))
                .Select(hash => (hash, RedisCommand.Create("HGETALL", hash))),
            (k.DeadSize, RedisCommand.Create("GET", k.DeadSize)),
            ("TIME", RedisCommand.Create("TIME")),
            (k.Wake, RedisCommand.Create("LLEN", k.Wake)),
            ("DEL", RedisCommand.Create("DEL", k.Wake)),
            ("KEYS", Leftovers.Scan(harness)),
        ];
        var replies = await harness.Client.ExecuteAsync([.. reads.Select(r => r.Read)], default);
        var time = replies[^4].Items;
        var state = new QueueState(k, reads.Select(r => r.Name), replies, (time[0].AsInteger() * 1000) + (time[1].AsInteger() / 1000));
        state.Describe(workers);
        return state;
    }

    private void Describe(IReadOnlyList<string> workers)
    {
        Tokens = values[keys.Wake].AsInteger();
        DescribeReady();
        DescribeDelayed();
        DescribeParked();
        DescribeDead();
        DescribeHeld(workers);
        DescribeRules();
        var meta = Hash(keys.Meta).ToDictionary(f => f.Key, f => f.Value.AsString(), StringComparer.Ordinal);
        var limits = Hash(keys.Limits).ToDictionary(f => f.Key, f => f.Value.AsString(), StringComparer.Ordinal);
        lines.Add($"workers: {string.Join(' ', Members(keys.Leases).Order(StringComparer.Ordinal))}");
        lines.Add($"remembered: {string.Join(' ', Members(keys.Remembered).Order(StringComparer.Ordinal))}");
        lines.Add($"marks: {string.Join(' ', Tasks(Members(keys.Cancelled)).Order(StringComparer.Ordinal))}");
        lines.Add(Line(
            $"paused {meta.ContainsKey("paused")}, expired {meta.GetValueOrDefault("expired", "0")}, cancelled {meta.GetValueOrDefault("cancelled", "0")}, limits {(limits.ContainsKey("o:debug.echo") ? "type " : "")}{(limits.ContainsKey("q") ? "queue" : "")}"));
        Expect(meta.ContainsKey("limited") == (limits.Count > 0), "limits and their flag");
        Expect(meta.ContainsKey("cancels") || Members(keys.Cancelled).Count == 0, "marks and their flag");
        foreach (var name in values["KEYS"].Items[1].Items.Select(v => v.AsString()).Where(name => name.Contains(":default:0}", StringComparison.Ordinal) && !values.ContainsKey(name) && name != keys.Buckets && name != keys.Holders))
        {
            lines.Add($"unknown key {name}");
        }
    }

    private void DescribeReady()
    {
        foreach (var list in keys.Ready)
        {
            var messages = values[list].Items.Select(v => v.AsBytes()).ToList();
            for (var i = 0; i < messages.Count; i++)
            {
                var place = i;
                if (ReadyAmong.IsHostile(Envelope.IdOf(messages[i])))
                {
                    continue;
                }

                Note(messages[i], bytes => RedisCommand.Create("LSET", list, place, bytes));
            }

            AddPlace($"ready {list[^1]}", messages.Where(message => !ReadyAmong.IsHostile(Envelope.IdOf(message))).Select(Describe));
        }
    }

    private void DescribeDelayed()
    {
        var messages = Hash(keys.DelayedMessages);
        var ids = Members(keys.Delayed);
        AddPlace(ModelTask.Delayed, Tasks(ids).Order(StringComparer.Ordinal).Select(id => Describe(messages, id, keys.DelayedMessages)));
        Expect(messages.Count == ids.Count, "delayed ids and messages");
    }

    private void DescribeParked()
    {
        var kept = Hash(keys.ParkedMessages);
        var members = Members(keys.Parked);
        foreach (var bucket in members.Where(member => member.Length > 32 && !ReadyAmong.IsHostile(member[^32..])).GroupBy(m => m[..m.IndexOf('\0', StringComparison.Ordinal)], StringComparer.Ordinal))
        {
            AddPlace($"parked {bucket.Key}", bucket.Select(member => DescribeParked(kept, member)));
            Expect(bucket.Key[0] is 'c' or 'n' || Members(keys.ParkedByRate).Contains(bucket.Key), $"tasks in {bucket.Key} and when they are looked at");
        }

        Expect(kept.Count == members.Count, "parked ids and messages");
    }

    private string DescribeParked(Dictionary<string, RespValue> kept, string member)
    {
        var id = member[^32..];
        if (!kept.TryGetValue(id, out var value))
        {
            return $"{id} without a message";
        }

        var bytes = value.AsBytes();
        var message = ParkedMessage.Read(bytes);
        var head = bytes[..^message.Length];
        Note(message, changed => RedisCommand.Create("HSET", keys.ParkedMessages, id, (byte[])[.. head, .. changed]));
        return Describe(message);
    }

    private void DescribeDead()
    {
        var (messages, reasons, ids) = (Hash(keys.DeadMessages), Hash(keys.DeadReasons), Members(keys.Dead));
        AddPlace(ModelTask.Dead, Tasks(ids).Select(id => $"{Describe(messages, id, keys.DeadMessages)}/{(reasons.TryGetValue(id, out var reason) ? DeadReasonOf(reason) : "")}"));
        var bytes = messages.Concat(reasons).Sum(f => f.Value.AsBytes().Length);
        Expect(messages.Count == ids.Count && reasons.Count == ids.Count, "dead ids, messages and reasons");
        Expect(bytes == (values[keys.DeadSize].IsNull ? 0 : values[keys.DeadSize].AsInteger()), "bytes of dead tasks");
    }

    private void DescribeHeld(IReadOnlyList<string> workers)
    {
        foreach (var worker in workers)
        {
            var messages = Hash(keys.InFlight(worker));
            AddPlace($"held {worker}", Tasks(messages.Keys).Order(StringComparer.Ordinal).Select(id => Describe(messages, id, keys.InFlight(worker))));
        }

        foreach (var (box, list) in workers.Select(w => (w, keys.Results(w))).Append(("orphaned", keys.OrphanedResults)))
        {
            var results = values[list].Items.Where(v => Latin(v).Contains("\"id\":\"000000000000000000000000", StringComparison.Ordinal)).Select(v => ResultRecord.Read(v.AsBytes(), "default"));
            AddPlace($"results {box}", results.Select(r => $"{r.Id:N}={Results.TaskStateName.Of(r.State)}").Order(StringComparer.Ordinal));
        }
    }

    private void DescribeRules()
    {
        var ends = Scores(keys.UniqueEnds).ToDictionary(e => e.Member, e => e.Score, StringComparer.Ordinal);
        var held = Hash(keys.Unique);
        Expect(ends.Keys.Order(StringComparer.Ordinal).SequenceEqual(held.Keys.Order(StringComparer.Ordinal)), "unique keys and their ends");
        lines.AddRange(held.Where(h => h.Key is "a" or "b" && ends.GetValueOrDefault(h.Key) > now).Select(h => $"unique {h.Key}: {h.Value.AsString()}"));
        lines.AddRange(Hash(keys.Slots).Where(s => s.Key is "c" or "d").Select(s => $"slots {s.Key}: {s.Value.AsString()}"));
        lines.AddRange(Hash(keys.ParkedByKind).Where(s => s.Key is ModelKinds.NewType or ModelKinds.NewVersion).Select(s => $"kind {s.Key}: {s.Value.AsString()}"));
    }

    private void AddPlace(string place, IEnumerable<string> tasks)
    {
        if (string.Join(' ', tasks) is { Length: > 0 } text)
        {
            lines.Add($"{place}: {text}");
        }
    }

    private void Expect(bool holds, string what)
    {
        if (!holds)
        {
            lines.Add($"does not fit: {what}");
        }
    }

    private string Describe(Dictionary<string, RespValue> messages, string id, string hash)
    {
        if (!messages.TryGetValue(id, out var value))
        {
            return $"{id} without a message";
        }

        Note(value.AsBytes(), bytes => RedisCommand.Create("HSET", hash, id, bytes));
        return Describe(value.AsBytes());
    }

    private void Note(byte[] message, Func<byte[], RedisCommand> replace) => Messages[Envelope.IdOf(message)] = (message, replace);

    private string Describe(byte[] bytes)
    {
        var message = Envelope.Read(bytes, "default");
        var mark = (char)bytes[Envelope.HeaderLength];
        return ModelTask.Describe(
            Envelope.IdOf(bytes), message.Priority, message.Redeliveries, message.Attempt, mark is 's' or 'b', mark is 'r' or 'b', message.Rules?.ExpiresAt?.ToUnixTimeMilliseconds() <= now);
    }

    private static string DeadReasonOf(RespValue reason) => System.Text.Json.JsonDocument.Parse(reason.AsBytes()).RootElement.GetProperty("reason").GetString() ?? "";

    private Dictionary<string, RespValue> Hash(string key) => values[key].Items.Chunk(2).ToDictionary(pair => Latin(pair[0]), pair => pair[1], StringComparer.Ordinal);

    private List<string> Members(string key) => [.. Scores(key).Select(s => s.Member)];

    /// <summary>RESP3 nests each pair in an array of its own, RESP2 does not.</summary>
    private IEnumerable<(string Member, double Score)> Scores(string key) =>
        values[key].Items.SelectMany(v => v.Type is RespType.Array ? v.Items : [v]).Chunk(2).Select(pair => (Latin(pair[0]), pair[1].AsDouble()));

    private static IEnumerable<string> Tasks(IEnumerable<string> ids) => ids.Where(id => !ReadyAmong.IsHostile(id));

    /// <summary>Any bytes as a text that loses nothing.</summary>
    private static string Latin(RespValue value) => System.Text.Encoding.Latin1.GetString(value.AsBytes());

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
