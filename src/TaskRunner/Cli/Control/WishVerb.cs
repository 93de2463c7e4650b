using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary>Leaves a wish for workers and waits until each says that it was carried out.</summary>
internal abstract class WishVerb : Verb
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Option<string[]> workers = new("--worker", "-w") { Description = "Only this worker, may be repeated: its name or the part before the colon, as inspect ping shows it (default: all)" };
    private readonly WaitOptions wait = new("10s");
    private readonly ChoiceOption output = OutputFormat.Create();

    protected WishVerb(string name, string description, VerbContext context)
        : base(name, description, context, Settings.Stores)
    {
        Options.Add(workers);
        Options.Add(wait.Timeout);
        Options.Add(output);
    }

    protected sealed override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var names = parsed.GetValue(workers) ?? [];
        var wish = ReadWish(parsed, reader, named: names.Length > 0) with { Revision = Guid.NewGuid().ToString("N") };
        var patience = wait.TimeoutIn(parsed);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var alive = await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken);
        if (await FindAsync(alive, names) is not { } targets)
        {
            return ExitCode.NotFound;
        }

        foreach (var target in targets)
        {
            await stores.Broker.ControlAsync(target, wish, cancellationToken);
        }

        var answers = await WaitAsync(stores, targets, wish, patience, cancellationToken);
        await PrintAsync(answers, parsed.IsJson(output));
        return answers.All(a => a.Status == WishView.Done) ? ExitCode.Ok
            : answers.Any(a => a.Status == WishView.NoAnswer) ? ExitCode.TimedOut
            : ExitCode.Refused;
    }

    /// <summary>What to ask; mistakes stay in the reader.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="reader">Collects mistakes.</param>
    /// <param name="named">Whether workers were named.</param>
    protected abstract WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named);

    /// <summary>Names of the workers that are meant; null when one is not there, which is then said.</summary>
    private async Task<IReadOnlyList<string>?> FindAsync(IReadOnlyList<LiveWorker> alive, string[] names)
    {
        var missing = names.Where(n => !alive.Any(w => Matches(w, n))).ToList();
        foreach (var name in missing)
        {
            await Context.Error.WriteLineAsync($"No live worker is named {TerminalText.Quote(name)}: see '{Context.Program} inspect ping'.");
        }

        if (missing.Count == 0 && alive.Count == 0)
        {
            await Context.Error.WriteLineAsync("No worker is alive.");
        }

        return missing.Count > 0 || alive.Count == 0 ? null : [.. alive.Where(w => names.Length == 0 || Array.Exists(names, n => Matches(w, n))).Select(w => w.Name)];
    }

    private static bool Matches(LiveWorker worker, string name) => worker.Name == name || worker.Name.StartsWith(name + ":", StringComparison.Ordinal);

    private async Task<IReadOnlyList<WishView>> WaitAsync(StoreConnections stores, IReadOnlyList<string> targets, WorkerControl wish, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = Context.Time.GetTimestamp();
        while (true)
        {
            var alive = (await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken)).ToDictionary(w => w.Name, StringComparer.Ordinal);
            var answers = targets.Select(name => Answer(name, alive.GetValueOrDefault(name), wish)).ToList();
            if (!answers.Exists(a => a.Status == WishView.NoAnswer) || Context.Time.GetElapsedTime(began) >= patience)
            {
                return answers;
            }

            await Task.Delay(Pause, Context.Time, cancellationToken);
        }
    }

    private static WishView Answer(string name, LiveWorker? worker, WorkerControl wish) => worker switch
    {
        null when wish.Shutdown => new WishView(name, WishView.Done, "it has ended"),
        null => new WishView(name, WishView.NoAnswer, "it has ended"),
        { Description: { } told } when told.Revision == wish.Revision => told.Objection is { } objection
            ? new WishView(name, WishView.Refused, objection)
            : new WishView(name, WishView.Done, wish.Shutdown ? "it drains" : $"concurrency {told.Concurrency}, order {told.Order}, queues {string.Join(',', told.Queues)}"),
        _ => new WishView(name, WishView.NoAnswer, "it has not followed yet; it does with its next heartbeat, if it has one within the hour"),
    };

    private async Task PrintAsync(IReadOnlyList<WishView> answers, bool json)
    {
        if (json)
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new WishesView(answers), CliJson.Default.WishesView));
            return;
        }

        var table = new Table("WORKER", "STATUS", "DETAIL");
        foreach (var answer in answers)
        {
            table.Add(answer.Worker, answer.Status, answer.Detail);
        }

        await Context.Output.WriteAsync(table.ToString());
    }
}
