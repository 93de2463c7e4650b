using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Flows;

namespace TaskRunner.Cli;

/// <summary>
/// Reads a flow that somebody wrote as JSON: <c>{"chain": [part, …], "error": step}</c>. A part is a step
/// (<c>{"task", "arguments", "queue", "priority", "keepResult"}</c>) or <c>{"group": [member, …]}</c>; a member is a step or <c>{"chain": [step, …]}</c>.
/// </summary>
internal sealed class FlowFile(SettingsReader reader, TaskRegistry registry, string source)
{
    private readonly HashSet<string> tasks = new(StringComparer.Ordinal);
    private readonly HashSet<string> namedQueues = new(StringComparer.Ordinal);

    /// <summary>The task types of its steps, once it was read.</summary>
    public IReadOnlyCollection<string> Tasks => tasks;

    /// <summary>The queues that steps name, once it was read.</summary>
    public IReadOnlyCollection<string> NamedQueues => namedQueues;

    /// <summary>The flow; null after mistakes, which are noted in the reader.</summary>
    public Flow? Read(string text)
    {
        try
        {
            return ReadRoot(text);
        }
        catch (InvalidOperationException)
        {
            // Only when a text is asked for does the parser find half a surrogate pair in it.
            reader.Mistake($"{source} has a text with half a surrogate pair: JSON's \\ud800 to \\udfff come in pairs.");
            return null;
        }
    }

    private Flow? ReadRoot(string text)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(text, JsonDepth.Document);
        }
        catch (JsonException e)
        {
            reader.Mistake($"{source} is not valid JSON: {e.Message}");
            return null;
        }

        var before = reader.Mistakes.Count;
        var parts = Items(root, "chain", "").Select(item => ReadPart(item.Value, item.Place)).ToList();
        var error = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var step) ? ReadStep(step, "error") : null;
        if (root.ValueKind == JsonValueKind.Object)
        {
            CheckNames(root, "", "chain", "error");
        }

        if (reader.Mistakes.Count > before)
        {
            return null;
        }

        var flow = Flow.Chain([.. parts.OfType<FlowPart>()]);
        return error is null ? flow : flow.OnError(error);
    }

    private FlowPart? ReadPart(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("group", out _))
        {
            return ReadStep(json, place);
        }

        CheckNames(json, place, "group");
        var members = Items(json, "group", place).Select(member => ReadMember(member.Value, member.Place)).ToArray();
        if (members.Length > Group.MostMembers)
        {
            Mistake(place, $"has {members.Length:N0} members: a group has {Group.MostMembers:N0} at most");
            return null;
        }

        return members.All(member => member.Count > 0) && members.Length > 0 ? Flow.GroupOfChains(members) : null;
    }

    private IReadOnlyList<Step> ReadMember(JsonElement json, string place)
    {
        if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty("chain", out _))
        {
            CheckNames(json, place, "chain");
            return [.. Items(json, "chain", place).Select(item => ReadStep(item.Value, item.Place)).OfType<Step>()];
        }

        return ReadStep(json, place) is { } step ? [step] : [];
    }

    private Step? ReadStep(JsonElement json, string place)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            Mistake(place, "is no object");
            return null;
        }

        CheckNames(json, place, "task", "arguments", "queue", "priority", "keepResult");
        var task = Text(json, "task", place) ?? "";
        var definition = registry.Find(task);
        var queue = Text(json, "queue", place) ?? definition?.Queue ?? "default";
        var priority = definition?.Priority ?? 5;
        if (json.TryGetProperty("priority", out var rank) && !(rank.ValueKind == JsonValueKind.Number && rank.TryGetInt32(out priority)))
        {
            priority = -1;
        }

        var keep = TimeSpan.Zero;
        if (Text(json, "keepResult", place) is { } time)
        {
            keep = DurationText.Parse(time) ?? TimeSpan.MaxValue;
        }

        tasks.Add(task);
        if (json.TryGetProperty("queue", out _))
        {
            namedQueues.Add(queue);
        }

        var before = reader.Mistakes.Count;
        Check(place, TaskName.IsValid(task), $"has {(task.Length == 0 ? "no task" : $"the task '{TerminalText.Quote(task)}'")}: {TaskName.Rule}");
        Check(place, QueueName.IsValid(queue), $"has the queue '{TerminalText.Quote(queue)}': {QueueName.Rule}");
        Check(place, priority is >= 0 and <= QueueKeys.HighestPriority, $"has a priority that is no whole number from 0 (lowest) to {QueueKeys.HighestPriority} (highest)");
        Check(place, keep <= TaskMessage.LongestKeep, $"has a keepResult that is no time up to 7d: {DurationText.Rule}");
        var given = json.TryGetProperty("arguments", out var arguments);
        if (given && JsonInput.Mistake(arguments) is { } mistake)
        {
            Mistake(place, $"has arguments that are not allowed: {mistake}");
        }

        return reader.Mistakes.Count > before
            ? null
            : new Step(task, given ? arguments : null) { Queue = queue, Priority = priority, KeepResult = keep };
    }

    private IEnumerable<(JsonElement Value, string Place)> Items(JsonElement json, string name, string place)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            Mistake(place, $"has no \"{name}\": a list of one or more");
            return [];
        }

        var at = place.Length == 0 ? name : $"{place}.{name}";
        return list.EnumerateArray().Select((item, i) => (item, $"{at}[{i}]"));
    }

    private string? Text(JsonElement json, string name, string place)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }

        Mistake(place, $"has a {name} that is no text");
        return null;
    }

    private void CheckNames(JsonElement json, string place, params ReadOnlySpan<string> known)
    {
        foreach (var property in json.EnumerateObject())
        {
            Check(place, known.Contains(property.Name), $"has \"{TerminalText.Quote(property.Name)}\", which means nothing here: it may have {string.Join(", ", known!)}");
        }
    }

    private void Check(string place, bool condition, string mistake)
    {
        if (!condition)
        {
            Mistake(place, mistake);
        }
    }

    private void Mistake(string place, string mistake) => reader.Mistake($"{(place.Length == 0 ? source : $"{source}: {place}")} {mistake}.");
}
