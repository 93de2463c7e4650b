using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary><c>enqueue TASK</c>: puts one task, many equal ones, or those of a file into queues.</summary>
internal sealed class EnqueueVerb : Verb
{
    private const int MostTasksPerCall = 10_000;

    private const int MostNamed = 20;

    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(1);

    private readonly TaskFlags flags = new();
    private readonly NumberOption count = new("--count", "Number of identical tasks, 1 to 1000000 (default: 1)", 1, 1_000_000, "-n");
    private readonly Option<bool> force = KnownNames.Force();
    private readonly Option<string?> file = new("--file", "-f") { Description = "Instead of TASK: a file with one task a line as JSON, whose fields are named like the flags, for example {\"task\":\"debug.echo\",\"uniqueMode\":\"start\"}; - for standard input" };
    private readonly ChoiceOption output = OutputFormat.Create();
    private readonly WaitOptions wait = new("30s");

    public EnqueueVerb(VerbContext context)
        : base("enqueue", "Put a task into a queue and print its id.", context, [.. Settings.Stores, Settings.Routes])
    {
        flags.AddTo(this);
        foreach (var option in new Option[] { count, force, file, wait.Wait, wait.Timeout, output })
        {
            Options.Add(option);
        }
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var lines = new TaskLineReader(Context.Registry, reader.Routes(Settings.Routes), Context.Time, reader.Mistake);
        var requests = await ReadRequestsAsync(lines, parsed, reader, cancellationToken);
        var waits = parsed.GetValue(wait.Wait);
        var timeout = wait.TimeoutIn(parsed);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var names = new KnownNames(stores, Context, reader);
        if (!parsed.GetValue(force))
        {
            if (!await names.KnowTasksAsync(requests.Select(r => r.Message.Task), cancellationToken))
            {
                return ExitCode.Usage;
            }

            await names.WarnAboutQueuesAsync(lines.NamedQueues, cancellationToken);
        }

        if (waits && stores.Results is null)
        {
            requests = Kept(requests, timeout);
        }

        var statuses = await EnqueueAsync(stores.Broker, requests, cancellationToken);
        var refused = await ReportRefusedAsync(requests, statuses);
        var ids = requests.Select(r => r.Message.Id).ToList();
        if (!waits)
        {
            await PrintAsync(ids, statuses, parsed.IsJson(output));
            return refused ? ExitCode.Refused : ExitCode.Ok;
        }

        // A duplicate is a task that is there already; one whose key is held by another was never enqueued.
        var there = ids.Where((_, i) => statuses[i] != EnqueueStatus.UniqueKeyHeld).ToList();
        return there.Count == 0 ? ExitCode.Refused : await WaitAsync(stores, there, timeout, parsed.IsJson(output), cancellationToken);
    }

    /// <summary>Says that a task was not enqueued, because its unique key is another one's.</summary>
    public static string KeyHeld(TaskMessage message) =>
        $"Another task holds the unique key '{message.Rules?.UniqueKey}' of queue '{message.Queue}'; task {message.Id} was not added.";

    private async Task<List<EnqueueRequest>> ReadRequestsAsync(TaskLineReader lines, ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var number = count.ValueIn(parsed) ?? 1;
        var given = flags.Given(parsed).ToList();
        if (parsed.GetValue(file) is { } path)
        {
            Check(reader, !flags.NamesTask(parsed) && given.Count == 0 && number == 1, "--file describes its tasks itself: TASK and the flags of a task do not go with it.");
            return await ReadFileAsync(lines, path, reader, cancellationToken);
        }

        var line = flags.Read(parsed, reader);
        if (line.Task is null)
        {
            reader.Mistake($"TASK is missing: name a task type, or a file of tasks with --file. See '{Context.Program} enqueue --help'.");
            return [];
        }

        Check(reader, line.Id is null || number == 1, "--id names one task: it does not go with --count.");
        var request = lines.OfFlags(line);

        // The id of a single task is told when the answer is lost, and then has to be remembered.
        return number == 1
            ? [request with { RememberId = EnqueueRequest.RememberGivenId }]
            : [.. Enumerable.Range(0, number).Select(_ => request with { Message = request.Message with { Id = TaskId.Next(Context.Time) } })];
    }

    private async Task<List<EnqueueRequest>> ReadFileAsync(TaskLineReader lines, string path, SettingsReader reader, CancellationToken cancellationToken)
    {
        try
        {
            using var text = InputText.Open(path, Context.Input);
            return await lines.OfTextAsync(text, cancellationToken);
        }
        catch (Exception e) when (InputText.Explain(e) is { } why)
        {
            reader.Mistake($"--file is '{TerminalText.Quote(path)}': {why}.");
            return [];
        }
    }

    private async Task<List<EnqueueStatus>> EnqueueAsync(RedisBroker broker, List<EnqueueRequest> requests, CancellationToken cancellationToken)
    {
        var statuses = new List<EnqueueStatus>(requests.Count);
        try
        {
            foreach (var part in requests.Chunk(MostTasksPerCall))
            {
                statuses.AddRange(await broker.EnqueueAsync(part, cancellationToken));
            }

            return statuses;
        }
        catch (BrokerUnavailableException e)
        {
            await Context.Error.WriteLineAsync((statuses.Count, requests.Count, e.OutcomeUnknown) switch
            {
                (0, _, false) => "Nothing was enqueued.",
                (0, 1, true) => $"Whether the task was enqueued is not known. With --id {requests[0].Message.Id} the call can be repeated: it enqueues nothing twice.",
                (var done, var all, _) => $"Of {all} tasks the first {done} are enqueued; whether some behind them are is {(e.OutcomeUnknown ? "not known" : "known: none")}. Tasks with an id of their own can be enqueued again: nothing is enqueued twice.",
            });
            throw;
        }
    }

    private async Task<bool> ReportRefusedAsync(List<EnqueueRequest> requests, List<EnqueueStatus> statuses)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            var message = requests[i].Message;
            var reason = statuses[i] switch
            {
                EnqueueStatus.Duplicate => $"A task with the id {message.Id} was enqueued before; nothing was added.",
                EnqueueStatus.UniqueKeyHeld => KeyHeld(message),
                _ => null,
            };
            if (reason is not null)
            {
                await Context.Error.WriteLineAsync(reason);
            }
        }

        return statuses.Any(status => status != EnqueueStatus.Accepted);
    }

    private async Task PrintAsync(List<Guid> ids, List<EnqueueStatus> statuses, bool json)
    {
        if (json)
        {
            var views = ids.Select((known, i) => new EnqueuedView(known, StatusName(statuses[i]))).ToArray();
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(views, CliJson.Default.EnqueuedViewArray));
        }
        else
        {
            await Context.Output.WriteLineAsync(string.Join(System.Environment.NewLine, ids));
        }
    }

    /// <summary>Without a database the broker has to keep what is waited for.</summary>
    private static List<EnqueueRequest> Kept(List<EnqueueRequest> requests, TimeSpan timeout)
    {
        var least = TimeSpan.FromTicks(Math.Min((timeout + Spare).Ticks, TaskMessage.LongestKeep.Ticks));
        return [.. requests.Select(r => r.Message.KeepResult >= least ? r : r with { Message = r.Message with { KeepResult = least } })];
    }

    private static string StatusName(EnqueueStatus status) => status switch
    {
        EnqueueStatus.Accepted => "accepted",
        EnqueueStatus.Duplicate => "duplicate",
        _ => "unique-key-held",
    };

    private async Task<int> WaitAsync(StoreConnections stores, List<Guid> ids, TimeSpan timeout, bool json, CancellationToken cancellationToken)
    {
        IReadOnlyList<TaskResult> results;
        try
        {
            results = await new ResultWaiter(stores.ReadResultsAsync, Context.Time).WaitAsync(ids, timeout, cancellationToken);
        }
        catch
        {
            // Whatever ends the wait, the tasks are on their way, and these are the only names that they have.
            await Context.Error.WriteLineAsync($"Enqueued, and not waited for to the end: {string.Join(", ", ids.Take(MostNamed))}{(ids.Count > MostNamed ? $" and {ids.Count - MostNamed} more" : "")}.");
            throw;
        }

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
}
