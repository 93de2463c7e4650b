using System.CommandLine;
using TaskRunner.Configuration;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary><c>result ID</c>: what became of a task.</summary>
internal sealed class ResultVerb : Verb
{
    private readonly IdArgument id = new("Id of the task, as enqueue printed it");
    private readonly ChoiceOption output = OutputFormat.Create();
    private readonly WaitOptions wait = new("30s");

    public ResultVerb(VerbContext context)
        : base("result", "Show state, output, error, attempts and times of a task.", context, Settings.Stores)
    {
        Arguments.Add(id);
        Options.Add(wait.Wait);
        Options.Add(wait.Timeout);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var task = id.ValueIn(parsed);
        var timeout = wait.TimeoutIn(parsed);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        if (parsed.GetValue(wait.Wait))
        {
            var finished = await new ResultWaiter(stores.ReadResultsAsync, Context.Time).WaitAsync([task], timeout, cancellationToken);
            if (finished.Count == 0)
            {
                await Context.Error.WriteLineAsync($"Task {task} did not finish within {timeout.TotalSeconds:0.###} s.");
                return ExitCode.TimedOut;
            }
        }

        // A task that was retried is in the broker again, and in the table with its last failure: a row that is not final is only half of the truth.
        var stored = (await stores.ReadResultsAsync([task], cancellationToken)).SingleOrDefault();
        var place = stored is not null && TaskStateName.IsFinal(stored.State) ? null : await stores.Broker.LocateAsync(task, stores.Settings.Lease, cancellationToken);
        var found = Merge(stored, place?.Task);
        if (found is null)
        {
            await Context.Error.WriteLineAsync($"No task {task} is known: the id is wrong, or its result was deleted after its time to live."
                + (stores.Results is null ? $" Without {Settings.DatabaseUrl.Variable} only results are known that the broker keeps: see enqueue --keep." : ""));
            return ExitCode.NotFound;
        }

        var superseded = stores.Results is { } results ? await results.ReadSupersededAsync(task, cancellationToken) : [];
        await ResultPrinter.PrintAsync(found, parsed.IsJson(output), Context.Output, superseded, place?.Why);
        return parsed.GetValue(wait.Wait) && TaskStateName.IsFinal(found.State) && found.State != TaskState.Succeeded ? ExitCode.Failed : ExitCode.Ok;
    }

    private static TaskResult? Merge(TaskResult? stored, TaskResult? inBroker) => (stored, inBroker) switch
    {
        (null, _) => inBroker,
        (_, null) => stored,
        _ => stored with
        {
            State = inBroker.State == TaskState.Delayed ? TaskState.Retrying : inBroker.State,
            Attempts = inBroker.Attempts,
            Redeliveries = inBroker.Redeliveries,
            Worker = inBroker.Worker ?? stored.Worker,
        },
    };
}
