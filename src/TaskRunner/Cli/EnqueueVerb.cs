using System.CommandLine;
using System.Text;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary><c>enqueue TASK</c>: puts one task or many equal ones into a queue.</summary>
internal sealed class EnqueueVerb : Verb
{
    private readonly Argument<string> task = new("TASK") { Description = "Name of the task type, for example debug.echo" };
    private readonly Option<string?> queue = new("--queue", "-q") { Description = "Queue (default: that of its route, else the one the task is mapped to, else default)" };
    private readonly Option<string> arguments = new("--arguments", "-a") { Description = "Arguments as JSON", DefaultValueFactory = _ => "{}" };
    private readonly Option<int?> priority = new("--priority", "-p") { Description = "0 (lowest) to 9 (highest) (default: its route's, else the task's, else 5)" };
    private readonly Option<string> delay = new("--delay") { Description = "Time to wait before it may run, for example 5s", DefaultValueFactory = _ => "0s" };
    private readonly Option<Guid?> id = new("--id") { Description = "Id of the task; a second one with the same id is refused for an hour" };
    private readonly Option<int> count = new("--count", "-n") { Description = "How many equal tasks", DefaultValueFactory = _ => 1 };
    private readonly Option<string> output = OutputFormat.Create();
    private readonly WaitOptions wait = new("30s");

    public EnqueueVerb(VerbContext context)
        : base("enqueue", "Put a task into a queue and print its id.", context, [.. Settings.Stores, Settings.Routes])
    {
        Arguments.Add(task);
        foreach (var option in new Option[] { queue, arguments, priority, delay, id, count, wait.Wait, wait.Timeout, output })
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var requests = ReadRequests(parsed, reader);
        var waits = parsed.GetValue(wait.Wait);
        var timeout = wait.ReadTimeout(parsed, reader);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: waits, cancellationToken);

        var statuses = await stores.Broker.EnqueueAsync(requests, cancellationToken);
        var refused = statuses.Contains(EnqueueStatus.Duplicate);
        if (refused)
        {
            await Context.Error.WriteLineAsync($"A task with the id {requests[0].Message.Id} was enqueued before; nothing was added.");
        }

        var ids = requests.Select(r => r.Message.Id).ToList();
        return waits
            ? await WaitAsync(stores.Results!, ids, timeout, parsed.IsJson(output), cancellationToken)
            : await PrintAsync(ids, statuses, parsed.IsJson(output)) && !refused ? ExitCode.Ok : ExitCode.Refused;
    }

    private List<EnqueueRequest> ReadRequests(ParseResult parsed, SettingsReader reader)
    {
        var name = parsed.GetValue(task)!;
        var definition = Context.Registry.Find(name);
        var (queueName, rank) = reader.Routes(Settings.Routes).Resolve(name, parsed.GetValue(queue), parsed.GetValue(priority), definition?.Queue, definition?.Priority);
        var text = parsed.GetValue(arguments)!;
        var number = parsed.GetValue(count);
        var wish = parsed.GetValue(id);
        var later = DurationText.Parse(parsed.GetValue(delay)!);
        Check(reader, name.Length is > 0 and <= 200, $"TASK has {name.Length} characters: a task name has 1 to 200.");
        Check(reader, QueueName.IsValid(queueName), $"--queue is '{queueName}': {QueueName.Rule}.");
        Check(reader, rank is >= 0 and <= QueueKeys.HighestPriority, $"--priority is {rank}: it goes from 0 (lowest) to {QueueKeys.HighestPriority} (highest).");
        Check(reader, number is > 0 and <= 1_000_000, $"--count is {number}: it goes from 1 to 1000000.");
        Check(reader, wish is null || number == 1, "--id names one task: it does not go with --count.");
        Check(reader, later is not null, $"--delay is '{parsed.GetValue(delay)}': {DurationText.Rule}.");
        Check(reader, IsJson(text, out var reason), $"--arguments is no JSON: {reason}");

        var now = Context.Time.GetUtcNow();
        var bytes = Encoding.UTF8.GetBytes(text);
        return [.. Enumerable.Range(0, Math.Clamp(number, 0, 1_000_000)).Select(_ => new EnqueueRequest(new TaskMessage
        {
            Id = wish ?? TaskId.Next(Context.Time),
            Task = name,
            Queue = queueName,
            Priority = rank,
            Arguments = bytes,
            EnqueuedAt = now,
        })
        {
            Delay = later ?? TimeSpan.Zero,
            RememberId = wish is null ? TimeSpan.Zero : EnqueueRequest.RememberGivenId,
        })];
    }

    private async Task<bool> PrintAsync(List<Guid> ids, IReadOnlyList<EnqueueStatus> statuses, bool json)
    {
        if (json)
        {
            var views = ids.Select((known, i) => new EnqueuedView(known, statuses[i] == EnqueueStatus.Accepted ? "accepted" : "duplicate")).ToArray();
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(views, CliJson.Default.EnqueuedViewArray));
        }
        else
        {
            await Context.Output.WriteLineAsync(string.Join(System.Environment.NewLine, ids));
        }

        return true;
    }

    private async Task<int> WaitAsync(IResultStore store, List<Guid> ids, TimeSpan timeout, bool json, CancellationToken cancellationToken)
    {
        var results = await new ResultWaiter(store, Context.Time).WaitAsync(ids, timeout, cancellationToken);
        await (ids.Count == 1 && results.Count == 1 ? ResultPrinter.PrintAsync(results[0], json, Context.Output) : ResultPrinter.PrintAsync(results, json, Context.Output));
        if (results.Count < ids.Count)
        {
            await Context.Error.WriteLineAsync($"{ids.Count - results.Count} of {ids.Count} task(s) did not finish within {timeout.TotalSeconds:0.###} s; the first one is {ids.Except(results.Select(r => r.Id)).First()}.");
            return ExitCode.TimedOut;
        }

        return results.Any(r => r.State != TaskState.Succeeded) ? ExitCode.Failed : ExitCode.Ok;
    }

    private static void Check(SettingsReader reader, bool condition, string mistake)
    {
        if (!condition)
        {
            reader.Mistake(mistake);
        }
    }

    private static bool IsJson(string text, out string? reason)
    {
        try
        {
            JsonElement.Parse(text);
            reason = null;
            return true;
        }
        catch (JsonException e)
        {
            reason = e.Message;
            return false;
        }
    }
}
