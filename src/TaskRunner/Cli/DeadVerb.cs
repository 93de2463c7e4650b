using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary><c>dead list|show|retry|purge</c>: looks at tasks that gave up, runs them again, removes them.</summary>
internal sealed class DeadVerb : Command
{
    public DeadVerb(VerbContext context)
        : base("dead", "Look at tasks that gave up, run them again, or remove them.")
    {
        Subcommands.Add(new List(context));
        Subcommands.Add(new Show(context));
        Subcommands.Add(new Move(
            "retry", "Put dead tasks back into their queues, with all their attempts before them.", "put back", static (broker, filter, moved, stop) => broker.RetryDeadAsync(filter, moved, stop), context));
        Subcommands.Add(new Move("purge", "Remove dead tasks for good.", "removed", static (broker, filter, moved, stop) => broker.PurgeDeadAsync(filter, moved, stop), context));
    }

    private static string Time(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    private sealed class List : Verb
    {
        private readonly DeadFilterOptions filter = new();
        private readonly NumberOption limit = new("--limit", "How many at most, 1 to 1000000 (default: 100)", 1, 1_000_000);
        private readonly ChoiceOption output = OutputFormat.Create();

        public List(VerbContext context)
            : base("list", "List dead tasks, oldest first.", context, Settings.Stores)
        {
            filter.AddTo(this);
            Options.Add(limit);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            var wanted = filter.ValueIn(parsed);
            var most = limit.ValueIn(parsed) ?? 100;
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var tasks = new List<DeadTask>();
            await foreach (var task in stores.Broker.DeadAsync(wanted, cancellationToken))
            {
                tasks.Add(task);
                if (tasks.Count == most)
                {
                    break;
                }
            }

            if (parsed.IsJson(output))
            {
                await Context.Output.WriteLineAsync(JsonSerializer.Serialize([.. tasks.Select(DeadTaskView.Of)], CliJson.Default.DeadTaskViewArray));
                return ExitCode.Ok;
            }

            var table = new Table("ID", "TASK", "QUEUE", "REASON", "ATTEMPTS", "DIED", "ERROR");
            foreach (var task in tasks)
            {
                table.Add(IdText.Print(task.Id), task.Task ?? "", task.Queue, task.Reason, task.Attempts.ToString(CultureInfo.InvariantCulture), Time(task.DiedAt), FirstLine(task.Error));
            }

            await Context.Output.WriteAsync(table.ToString());
            return ExitCode.Ok;
        }

        private static string FirstLine(string error) => error.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? error[..end] : error;
    }

    private sealed class Show : Verb
    {
        private readonly IdArgument id = new("Id of the task");
        private readonly ChoiceOption output = OutputFormat.Create();

        public Show(VerbContext context)
            : base("show", "Show one dead task with its error and its message.", context, Settings.Stores)
        {
            Arguments.Add(id);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var filter = new DeadFilter { Ids = [id.ValueIn(parsed).ToString("N")] };
            await foreach (var task in stores.Broker.DeadAsync(filter, cancellationToken))
            {
                await (parsed.IsJson(output) ? Context.Output.WriteLineAsync(JsonSerializer.Serialize(DeadTaskView.Of(task), CliJson.Default.DeadTaskView)) : PrintAsync(task));
                return ExitCode.Ok;
            }

            await Context.Error.WriteLineAsync($"No task {id.ValueIn(parsed)} is dead.");
            return ExitCode.NotFound;
        }

        private Task PrintAsync(DeadTask task)
        {
            (string Name, string? Value)[] lines =
            [
                ("id", IdText.Print(task.Id)),
                ("task", task.Task),
                ("queue", task.Queue),
                ("priority", task.Priority.ToString(CultureInfo.InvariantCulture)),
                ("reason", task.Reason),
                ("attempts", task.Attempts.ToString(CultureInfo.InvariantCulture)),
                ("redeliveries", task.Redeliveries.ToString(CultureInfo.InvariantCulture)),
                ("enqueued", Time(task.EnqueuedAt)),
                ("died", Time(task.DiedAt)),
                ("arguments", DeadTaskView.Of(task).Arguments?.GetRawText()),
                ("error", task.Error),
                ("stack", task.Stack),
            ];
            return Context.Output.WriteLineAsync(Fields.Of(lines));
        }
    }

    private sealed class Move : Verb
    {
        private readonly IdsArgument ids = new("Ids of the tasks; none: those that the filters find", ArgumentArity.ZeroOrMore);
        private readonly DeadFilterOptions filter = new();
        private readonly Option<bool> all = new("--all") { Description = "Every dead task that the filters leave; needed when there is neither an id nor a filter" };
        private readonly Option<bool> dryRun = new("--dry-run") { Description = "Only say how many it would be" };
        private readonly ChoiceOption output = OutputFormat.Create();
        private readonly string done;
        private readonly Func<RedisBroker, DeadFilter, Action<long>?, CancellationToken, Task<long>> move;

        public Move(string name, string description, string done, Func<RedisBroker, DeadFilter, Action<long>?, CancellationToken, Task<long>> move, VerbContext context)
            : base(name, description, context, Settings.Stores)
        {
            this.done = done;
            this.move = move;
            Arguments.Add(ids);
            filter.AddTo(this);
            foreach (var option in new Option[] { all, dryRun, output })
            {
                Options.Add(option);
            }
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            var chosen = ids.ValuesIn(parsed);
            var wanted = filter.ValueIn(parsed) with { Ids = [.. chosen.Select(id => id.ToString("N"))] };
            if (wanted.IsEmpty && !parsed.GetValue(all))
            {
                reader.Mistake("Nothing says which tasks are meant: give ids, a filter, or --all.");
            }

            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var json = parsed.IsJson(output);
            var count = parsed.GetValue(dryRun)
                ? await stores.Broker.DeadAsync(wanted, cancellationToken).LongCountAsync(cancellationToken)
                : await move(stores.Broker, wanted, json ? null : Report, cancellationToken);
            await Context.Output.WriteLineAsync(json
                ? JsonSerializer.Serialize(new DeadMoveView(count, parsed.GetValue(dryRun)), CliJson.Default.DeadMoveView)
                : $"{count} dead task(s) {(parsed.GetValue(dryRun) ? "would be " : "")}{done}.");
            return chosen.Count > 0 && count == 0 ? ExitCode.NotFound : ExitCode.Ok;
        }

        private void Report(long moved)
        {
            if (moved % 10_000 == 0)
            {
                Context.Error.WriteLine($"{moved} so far");
            }
        }
    }
}
