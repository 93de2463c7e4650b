using System.Text;
using System.Text.Json;
using TaskRunner.Broker;

namespace TaskRunner.Cli;

/// <summary>Turns what was asked for into requests to the broker, with the defaults of the task's type and its route; notes every mistake.</summary>
internal sealed class TaskLineReader(TaskRegistry registry, TaskRoutes routes, TimeProvider time, Action<string> mistake)
{
    private const int MostMistakesOfLines = 20;

    private static readonly string[] Fields = [.. TaskLineJson.Default.TaskLine.Properties.Select(p => p.Name)];

    private readonly HashSet<string> namedQueues = new(StringComparer.Ordinal);
    private int mistakesOfLines;

    /// <summary>The request for a task that flags describe.</summary>
    public EnqueueRequest OfFlags(TaskLine line) => Request(line, name => "--" + string.Concat(name.Select(c => char.IsUpper(c) ? $"-{char.ToLowerInvariant(c)}" : $"{c}")), mistake);

    /// <summary>Requests for a text with one JSON object a line; empty lines are passed over.</summary>
    public async Task<List<EnqueueRequest>> OfTextAsync(TextReader text, CancellationToken cancellationToken)
    {
        var requests = new List<EnqueueRequest>();
        var number = 0;
        await foreach (var json in InputText.LinesAsync(text, cancellationToken))
        {
            number++;
            if (string.IsNullOrWhiteSpace(json))
            {
                continue;
            }

            try
            {
                var line = JsonSerializer.Deserialize(json, TaskLineJson.Default.TaskLine) ?? throw new JsonException("It is null.");
                requests.Add(Request(line, name => $"line {number}: \"{name}\"", Limited));
            }
            catch (JsonException e)
            {
                Limited($"line {number} is not a valid task: {JsonMistake.Describe(e, Fields)}");
            }
        }

        if (mistakesOfLines > MostMistakesOfLines)
        {
            mistake($"{mistakesOfLines - MostMistakesOfLines} more mistakes in the lines that follow.");
        }

        return requests;
    }

    /// <summary>The queues that were named, and not found by a route or a type.</summary>
    public IReadOnlySet<string> NamedQueues => namedQueues;

    private void Limited(string text)
    {
        if (++mistakesOfLines <= MostMistakesOfLines)
        {
            mistake(text);
        }
    }

    private EnqueueRequest Request(TaskLine line, Func<string, string> label, Action<string> note)
    {
        var name = line.Task ?? "";
        var definition = registry.Find(name);
        var (queue, priority) = routes.Resolve(name, line.Queue, line.Priority, definition?.Queue, definition?.Priority);
        Check(TaskName.IsValid(name), $"{label("task")} is '{TerminalText.Quote(name)}': {TaskName.Rule}.", note);
        Check(QueueName.IsValid(queue), $"{label("queue")} is '{TerminalText.Quote(queue)}': {QueueName.Rule}.", note);
        if (line.Queue is not null)
        {
            namedQueues.Add(queue);
        }

        var id = line.Id is null ? null : IdText.Parse(line.Id);
        Check(line.Id is null || id is not null, $"{label("id")} is '{TerminalText.Quote(line.Id ?? "")}': {IdText.Rule}.", note);
        Check(priority is >= 0 and <= QueueKeys.HighestPriority, $"{label("priority")} is {priority}: it goes from 0 (lowest) to {QueueKeys.HighestPriority} (highest).", note);
        var rules = new TaskRules
        {
            UniqueKey = Key(line.Unique, label("unique"), note),
            UniqueUntil = Word(line.UniqueMode, UniqueUntil.Done, [("done", UniqueUntil.Done), ("start", UniqueUntil.Start)], label("uniqueMode"), note),
            ConcurrencyKey = Key(line.ConcurrencyKey, label("concurrencyKey"), note),
            ConcurrencyLimit = line.ConcurrencyLimit ?? 1,
            RateKey = Key(line.RateKey, label("rateKey"), note),
            RateLimit = Rate(line.RateLimit, label("rateLimit"), note),
        };
        Check(rules.ConcurrencyLimit is > 0 and <= 1_000_000, $"{label("concurrencyLimit")} is {rules.ConcurrencyLimit}: it goes from 1 to 1000000.", note);
        Check(line.ConcurrencyLimit is null || line.ConcurrencyKey is not null, $"{label("concurrencyLimit")} needs {label("concurrencyKey")}.", note);
        Check((line.RateKey is null) == (line.RateLimit is null), $"{label("rateKey")} and {label("rateLimit")} go together.", note);
        var request = new EnqueueRequest(new TaskMessage
        {
            Id = id ?? TaskId.Next(time),
            Task = name,
            Queue = queue,
            Priority = priority,
            Arguments = line.Arguments is { } json ? Encoding.UTF8.GetBytes(json.GetRawText()) : "{}"u8.ToArray(),
            EnqueuedAt = time.GetUtcNow(),
            Rules = rules.IsEmpty ? null : rules,
            KeepResult = Keep(line.Keep, label("keep"), note),
        })
        {
            Delay = Time(line.Delay, label("delay"), note) ?? TimeSpan.Zero,
            Expires = Time(line.Expires, label("expires"), note),
            RememberId = line.Id is null ? TimeSpan.Zero : EnqueueRequest.RememberGivenId,
        };
        Check(request.Expires is null || request.Expires > TimeSpan.Zero, $"{label("expires")} is '{line.Expires}': it goes from 1ms to ten years.", note);
        if (line.Arguments is { } given && JsonInput.Mistake(given) is { } wrong)
        {
            note($"{label("arguments")}: {wrong}.");
            return request;
        }

        try
        {
            request = registry.Apply(request);
        }
        catch (TaskRulesException e)
        {
            note($"{label("arguments")}: {e.Message}");
        }

        // What the caller says wins over what is known of the type.
        return request with
        {
            OnConflict = Word(line.UniqueConflict, request.OnConflict, [("reject", UniqueConflict.Reject), ("replace", UniqueConflict.Replace)], label("uniqueConflict"), note),
            UniqueFor = Hold(line.UniqueFor, request.UniqueFor, label("uniqueFor"), note),
        };
    }

    private static string? Key(string? text, string label, Action<string> note)
    {
        Check(text is null || TaskRules.IsKey(text), $"{label} is '{TerminalText.Quote(text ?? "")}': a key has 1 to {TaskRules.LongestKey} characters, none of them a control character.", note);
        return text;
    }

    private static TimeSpan? Time(string? text, string label, Action<string> note)
    {
        var read = text is null ? null : DurationText.Parse(text);
        Check(text is null || read is not null, $"{label} is '{TerminalText.Quote(text ?? "")}': {DurationText.Rule}.", note);
        return read;
    }

    private static TimeSpan Keep(string? text, string label, Action<string> note)
    {
        var keep = Time(text, label, note) ?? TimeSpan.Zero;
        Check(keep <= TaskMessage.LongestKeep, $"{label} is '{TerminalText.Quote(text ?? "")}': it goes up to {TaskMessage.LongestKeep.TotalDays:0}d.", note);
        return keep;
    }

    private static TimeSpan Hold(string? text, TimeSpan standard, string label, Action<string> note)
    {
        var hold = Time(text, label, note) ?? standard;
        Check(hold >= TimeSpan.FromSeconds(1) && hold <= EnqueueRules.LongestHold, $"{label} is '{TerminalText.Quote(text ?? "")}': it goes from 1s to 30d.", note);
        return hold;
    }

    private static RateLimit Rate(string? text, string label, Action<string> note)
    {
        var rate = text is null ? null : RateLimit.Parse(text);
        Check(text is null || rate is not null, $"{label} is '{TerminalText.Quote(text ?? "")}': {RateLimit.Rule}.", note);
        return rate ?? RateLimit.None;
    }

    private static T Word<T>(string? text, T standard, (string Word, T Value)[] words, string label, Action<string> note)
    {
        if (text is null)
        {
            return standard;
        }

        var index = Array.FindIndex(words, w => w.Word == text);
        Check(index >= 0, $"{label} is '{TerminalText.Quote(text ?? "")}': it is {string.Join(" or ", words.Select(w => w.Word))}.", note);
        return index < 0 ? standard : words[index].Value;
    }

    private static void Check(bool condition, string text, Action<string> note)
    {
        if (!condition)
        {
            note(text);
        }
    }
}
