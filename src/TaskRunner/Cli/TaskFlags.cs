using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary>The flags by which <c>enqueue</c> describes a task.</summary>
internal sealed class TaskFlags
{
    private readonly Argument<string?> task = new("TASK") { Description = "Name of the task type, for example debug.echo", Arity = ArgumentArity.ZeroOrOne };
    private readonly QueueOption queue = new("Queue (default: that of its route, else the one the task is mapped to, else default)");
    private readonly Option<string?> arguments = new("--arguments", "-a") { Description = "Arguments as JSON (default: {})" };
    private readonly NumberOption priority = new("--priority", "0 (lowest) to 9 (highest) (default: its route's, else the task's, else 5)", 0, 9, "-p");
    private readonly Option<string?> delay = new("--delay") { Description = "Time to wait before it may run, for example 5s (default: 0s)" };
    private readonly IdOption id = new("--id", "Id of the task; a second one with the same id is refused for an hour");
    private readonly Option<string?> expires = new("--expires") { Description = "Time after which it is not started any more, for example 10m (default: never)" };
    private readonly Option<string?> keep = new("--keep") { Description = "Time for which the broker keeps the result, to await it without a database, for example 10m, 7d at most (default: not at all)" };
    private readonly Option<string?> unique = new("--unique") { Description = "Unique key: while a task of the queue holds it, no second one is accepted" };
    private readonly Option<string?> uniqueMode = new("--unique-mode") { Description = "When the unique key is given back: done or start (default: done)" };
    private readonly Option<string?> uniqueConflict = new("--unique-conflict") { Description = "When the key is held: reject this task, or replace the one that holds it (default: reject)" };
    private readonly Option<string?> uniqueFor = new("--unique-for") { Description = "Longest time that the key is held, 1s to 30d (default: 1d)" };
    private readonly Option<string?> concurrencyKey = new("--concurrency-key") { Description = "Limits how many tasks of the queue with this key run at once; see --concurrency-limit" };
    private readonly NumberOption concurrencyLimit = new("--concurrency-limit", "How many tasks with the concurrency key run at a time, 1 to 1000000 (default: 1)", 1, 1_000_000);
    private readonly Option<string?> rateKey = new("--rate-key") { Description = "The queue's tasks with this key start as fast as --rate-limit says" };
    private readonly Option<string?> rateLimit = new("--rate-limit") { Description = "How fast tasks with the rate key start, for example 10/s or 100/m" };

    private IReadOnlyList<Option> All =>
        [queue, arguments, priority, delay, id, expires, keep, unique, uniqueMode, uniqueConflict, uniqueFor, concurrencyKey, concurrencyLimit, rateKey, rateLimit];

    public void AddTo(Command command)
    {
        command.Arguments.Add(task);
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether a task is named.</summary>
    public bool NamesTask(ParseResult parsed) => parsed.GetValue(task) is not null;

    /// <summary>The names of all flags that were given.</summary>
    public IEnumerable<string> Given(ParseResult parsed) => All.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name);

    public TaskLine Read(ParseResult parsed, SettingsReader reader) => new()
    {
        Task = parsed.GetValue(task),
        Queue = QueueName.IsValid(parsed.GetValue(queue) ?? "") ? parsed.GetValue(queue) : null,
        Priority = priority.ValueIn(parsed),
        Arguments = ReadArguments(parsed.GetValue(arguments), reader),
        Delay = parsed.GetValue(delay),
        Id = id.ValueIn(parsed)?.ToString(),
        Expires = parsed.GetValue(expires),
        Keep = parsed.GetValue(keep),
        Unique = parsed.GetValue(unique),
        UniqueMode = parsed.GetValue(uniqueMode),
        UniqueConflict = parsed.GetValue(uniqueConflict),
        UniqueFor = parsed.GetValue(uniqueFor),
        ConcurrencyKey = parsed.GetValue(concurrencyKey),
        ConcurrencyLimit = concurrencyLimit.ValueIn(parsed),
        RateKey = parsed.GetValue(rateKey),
        RateLimit = parsed.GetValue(rateLimit),
    };

    private static JsonElement? ReadArguments(string? text, SettingsReader reader)
    {
        try
        {
            return text is null ? null : JsonElement.Parse(text, JsonDepth.Document);
        }
        catch (JsonException e)
        {
            reader.Mistake($"--arguments is not valid JSON: {e.Message}");
            return null;
        }
    }
}
