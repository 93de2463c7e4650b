using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary><c>doctor</c>: proves that an installation works, by running a task on every queue and reading its result back.</summary>
internal sealed class DoctorVerb : Verb
{
    private static readonly TimeSpan BeatSilence = TimeSpan.FromSeconds(10);

    private readonly Option<bool> noBeat = new("--no-beat") { Description = "Do not expect a beat" };
    private readonly ChoiceOption output = OutputFormat.Create();
    private readonly WaitOptions wait = new("60s");

    public DoctorVerb(VerbContext context)
        : base("doctor", "Check the stores, run a task on every queue, and look for a live beat.", context, [.. Settings.Stores, Settings.Queues])
    {
        Options.Add(noBeat);
        Options.Add(wait.Timeout);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var queues = QueueShares.Read(reader, Settings.Queues, "default").Select(q => q.Name).ToArray();
        var timeout = wait.TimeoutIn(parsed);
        var json = parsed.IsJson(output);
        var checks = new List<CheckView>();

        async Task<bool> Check(string name, Func<Task<string>> check)
        {
            CheckView view;
            try
            {
                view = new CheckView(name, true, await check());
            }
            catch (Exception e) when (e is CheckFailedException or UnfitServerException or BrokerUnavailableException or RedisUnavailableException or RedisServerException or DatabaseUnavailableException)
            {
                view = new CheckView(name, false, e.Message);
            }

            checks.Add(view);
            if (!json)
            {
                await Context.Output.WriteLineAsync($"{(view.Ok ? "ok  " : "FAIL")}  {view.Check,-22} {view.Detail}");
            }

            return view.Ok;
        }

        // Mistakes in the configuration are reported as such; a broker that is away is the first finding.
        StoreConnections? opened = null;
        try
        {
            if (await Check("broker", async () =>
                {
                    opened = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: true, cancellationToken);
                    return $"{opened.Settings.Redis} answers";
                }))
            {
                await CheckStoresAsync(opened!, queues, timeout, parsed.GetValue(noBeat), Check, cancellationToken);
            }
        }
        finally
        {
            await (opened?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        var ok = checks.All(c => c.Ok);
        if (json)
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new DoctorView(ok, checks), CliJson.Default.DoctorView));
        }

        return ok ? ExitCode.Ok : ExitCode.Failed;
    }

    private async Task CheckStoresAsync(StoreConnections stores, string[] queues, TimeSpan timeout, bool withoutBeat, Func<string, Func<Task<string>>, Task<bool>> check, CancellationToken cancellationToken)
    {
        await check("broker server", async () =>
        {
            var report = await new ServerProbe(stores.Settings.Redis!, stores.Settings.Broker, Context.Time, NullLogger.Instance).ReadAsync(cancellationToken);
            report.ThrowIfUnfit();
            return report.ToString();
        });
        var database = await check("database", async () =>
        {
            var pending = await stores.Migrator!.PendingAsync(cancellationToken);
            return pending.Count == 0
                ? $"{stores.Settings.Database} answers, its schema is up to date"
                : throw new CheckFailedException($"{stores.Settings.Database} answers, but its schema is not up to date: run '{Context.Program} migrate'.");
        });
        if (!database)
        {
            return;
        }

        var now = Context.Time.GetUtcNow();
        var tasks = queues.ToDictionary(q => q, q => new TaskMessage { Id = TaskId.Next(Context.Time), Task = CheckTask.Name, Queue = q, Priority = QueueKeys.HighestPriority, Arguments = "{\"from\":\"doctor\"}"u8.ToArray(), EnqueuedAt = now }, StringComparer.Ordinal);
        if (!await check("enqueue", async () =>
            {
                await stores.Broker.EnqueueAsync([.. tasks.Values.Select(t => new EnqueueRequest(t))], cancellationToken);
                return $"a task of {CheckTask.Name} on each of {queues.Length} queue(s)";
            }))
        {
            return;
        }

        // One time for all that is waited for.
        var began = Context.Time.GetTimestamp();
        var results = (await new ResultWaiter(stores.Results!, Context.Time).WaitAsync([.. tasks.Values.Select(t => t.Id)], timeout, cancellationToken)).ToDictionary(r => r.Id);
        foreach (var (queue, task) in tasks)
        {
            await check($"queue {queue}", () => Task.FromResult(Judge(results.GetValueOrDefault(task.Id), queue, timeout)));
        }

        if (!withoutBeat)
        {
            await check("beat", async () => await FindBeatAsync(stores, began, timeout, cancellationToken));
        }
    }

    private string Judge(TaskResult? result, string queue, TimeSpan timeout) => result switch
    {
        null => throw new CheckFailedException($"no result within {timeout.TotalSeconds:0} s: does a worker consume queue '{queue}'? see '{Context.Program} inspect queues'."),
        { State: TaskState.Succeeded } => $"ran on {result.Worker} in {((result.FinishedAt ?? result.EnqueuedAt) - result.EnqueuedAt).TotalMilliseconds:0} ms, result read back",
        _ => throw new CheckFailedException($"the task failed: {result.Error}"),
    };

    private async Task<string> FindBeatAsync(StoreConnections stores, long began, TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (true)
        {
            var beats = await stores.Beats!.ReadBeatsAsync(cancellationToken);
            if (beats.FirstOrDefault(b => b.SeenAge < BeatSilence) is { } alive)
            {
                return $"{alive.Name} was seen {alive.SeenAge.TotalSeconds:F1} s ago";
            }

            if (Context.Time.GetElapsedTime(began) >= timeout)
            {
                throw new CheckFailedException($"no beat was seen within {timeout.TotalSeconds:0} s: is one running?");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), Context.Time, cancellationToken);
        }
    }

    private sealed class CheckFailedException(string message) : Exception(message);
}
