using System.Globalization;
using System.Text;
using TaskRunner.Broker;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>Where each message of a queue is, by what the keys say, without asking a script.</summary>
internal sealed class Places
{
    /// <summary>How the mistake begins that only says that the size of the dead set is wrong.</summary>
    public const string WrongSize = "the dead set has";

    private readonly List<(string Place, string Message)> found = [];
    private readonly List<string> results = [];
    private readonly List<string> mistakes = [];

    private Places()
    {
    }

    /// <summary>What belongs together and does not fit.</summary>
    public IReadOnlyList<string> Mistakes => mistakes;

    /// <summary>Results of tasks, wherever they wait to be written.</summary>
    public IReadOnlyList<string> Results => results;

    /// <summary>A key without its namespace.</summary>
    public static string Short(string key) => key.Split("}:") is [_, var rest] ? rest : key;

    public static Places Of(Snapshot state, QueueKeys keys)
    {
        var places = new Places();
        foreach (var list in keys.Ready)
        {
            places.found.AddRange(state.Of(list).Items.Select(message => ("ready", message)));
        }

        places.AddSet(state, "delayed", keys.Delayed, keys.DelayedMessages);
        places.AddSet(state, "dead", keys.Dead, keys.DeadMessages);
        places.AddParked(state, keys);
        var (held, boxes) = (keys.InFlight(""), keys.Results(""));
        foreach (var (name, content) in state.Keys)
        {
            if (name.StartsWith(held, StringComparison.Ordinal) && content.Type == "hash")
            {
                places.found.AddRange(content.Pairs.Select(pair => ($"held by {name[held.Length..]}", pair.Second)));
            }
            else if ((name.StartsWith(boxes, StringComparison.Ordinal) || name == keys.OrphanedResults) && content.Type == "list")
            {
                places.results.AddRange(content.Items);
            }
        }

        var size = state.Of(keys.DeadMessages).Pairs.Concat(state.Of(keys.DeadReasons).Pairs).Sum(pair => pair.Second.Length);
        var booked = state.Of(keys.DeadSize).Items is [var bytes, ..] ? bytes : "0";
        if (booked != size.ToString(CultureInfo.InvariantCulture))
        {
            places.mistakes.Add($"{WrongSize} {size} bytes and is booked with {booked}");
        }

        return places;
    }

    /// <summary>Places of the task with this id.</summary>
    public IReadOnlyList<string> OfTask(string id) => [.. found.Where(f => f.Message.StartsWith(id, StringComparison.Ordinal)).Select(f => f.Place)];

    /// <summary>Whether exactly these bytes are somewhere.</summary>
    public bool Has(string message) => found.Any(f => f.Message == message);

    /// <summary>Whether exactly these bytes are dead.</summary>
    public bool HasRaw(string message) => found.Any(f => f.Place == "dead" && f.Message == message);

    /// <summary>The type of a task that is somewhere.</summary>
    public string TypeOf(string id)
    {
        var message = found.Select(f => f.Message).FirstOrDefault(message => message.StartsWith(id, StringComparison.Ordinal)) ?? "";
        var at = message.IndexOf("\"task\":\"", StringComparison.Ordinal);
        return at < 0 ? "" : message[(at + 8)..message.IndexOf('"', at + 8)];
    }

    public int ResultsOf(string id) => results.Count(result => result.Contains($"\"id\":\"{id}\"", StringComparison.Ordinal));

    private void AddSet(Snapshot state, string place, string set, string hash)
    {
        var messages = state.Of(hash).Pairs.ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        foreach (var (member, _) in state.Of(set).Pairs)
        {
            if (messages.Remove(member, out var message))
            {
                found.Add((place, message));
            }
            else
            {
                mistakes.Add($"{place} has {member} without a message");
            }
        }

        mistakes.AddRange(messages.Keys.Select(id => $"{place} has the message of {id}, and nothing leads to it"));
    }

    private void AddParked(Snapshot state, QueueKeys keys)
    {
        var kept = state.Of(keys.ParkedMessages).Pairs.ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
        foreach (var (member, _) in state.Of(keys.Parked).Pairs)
        {
            if (member.Length >= Envelope.IdLength && kept.Remove(member[^Envelope.IdLength..], out var message))
            {
                found.Add(("parked", Encoding.Latin1.GetString(ParkedMessage.Read(Snapshot.Bytes(message)))));
            }
            else
            {
                mistakes.Add($"parked has {member.Replace('\0', ' ')} without a message");
            }
        }

        mistakes.AddRange(kept.Keys.Select(id => $"parked has the message of {id}, and nothing leads to it"));
    }
}
