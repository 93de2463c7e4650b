using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary><c>inspect ping|active|queues</c>: what the broker and the database know, so that a hung worker is seen too.</summary>
internal sealed class InspectVerb : Command
{
    public InspectVerb(VerbContext context)
        : base("inspect", "Look at workers, running tasks and queues.")
    {
        Subcommands.Add(new Ping(context));
        Subcommands.Add(new Active(context));
        Subcommands.Add(new Queues(context));
    }

    private sealed class Ping : Verb
    {
        private readonly Option<string> output = OutputFormat.Create();

        public Ping(VerbContext context)
            : base("ping", "List workers and beats that are alive; exit code 5 when no worker is.", context, Settings.Stores) => Options.Add(output);

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var workers = await stores.Broker.WorkersAsync(stores.Settings.Lease, cancellationToken);
            IReadOnlyList<BeatInfo> beats = stores.Beats is { } registry ? await registry.ReadBeatsAsync(cancellationToken) : [];
            if (parsed.IsJson(output))
            {
                var view = new PingView(
                    [.. workers.Select(w => new WorkerView(w.Name, w.Description?.Host, w.Description?.Queues ?? [], w.Description?.Concurrency ?? 0, w.Description?.StartedAt, (long)w.HeartbeatAge.TotalMilliseconds, w.Description?.Version))],
                    [.. beats.Select(b => new BeatView(b.Name, (long)b.SeenAge.TotalMilliseconds, b.Version))]);
                await Context.Output.WriteLineAsync(JsonSerializer.Serialize(view, CliJson.Default.PingView));
            }
            else
            {
                var table = new Table("KIND", "NAME", "SEEN", "CONCURRENCY", "QUEUES");
                foreach (var worker in workers)
                {
                    table.Add("worker", worker.Name, Age(worker.HeartbeatAge), worker.Description?.Concurrency.ToString(CultureInfo.InvariantCulture) ?? "", string.Join(',', worker.Description?.Queues ?? []));
                }

                foreach (var beat in beats)
                {
                    table.Add("beat", beat.Name, Age(beat.SeenAge), "", "");
                }

                await Context.Output.WriteAsync(table.ToString());
            }

            return workers.Count > 0 ? ExitCode.Ok : ExitCode.Failed;
        }

        private static string Age(TimeSpan age) => string.Create(CultureInfo.InvariantCulture, $"{age.TotalSeconds:F1}s ago");
    }

    private sealed class Active : Verb
    {
        private readonly Option<string> output = OutputFormat.Create();

        public Active(VerbContext context)
            : base("active", "List the tasks that workers hold.", context, Settings.Stores) => Options.Add(output);

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var tasks = await stores.Broker.ActiveAsync(cancellationToken);
            if (parsed.IsJson(output))
            {
                await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new ActiveView(tasks), CliJson.Default.ActiveView));
                return ExitCode.Ok;
            }

            var table = new Table("ID", "TASK", "QUEUE", "ATTEMPT", "REDELIVERIES", "WORKER");
            foreach (var task in tasks)
            {
                table.Add(task.Id.ToString(), task.Task, task.Queue, task.Attempt.ToString(CultureInfo.InvariantCulture), task.Redeliveries.ToString(CultureInfo.InvariantCulture), task.Worker);
            }

            await Context.Output.WriteAsync(table.ToString());
            return ExitCode.Ok;
        }
    }

    private sealed class Queues : Verb
    {
        private readonly Option<string> output = OutputFormat.Create();

        public Queues(VerbContext context)
            : base("queues", "List queues and how full they are.", context, Settings.Stores) => Options.Add(output);

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var names = await stores.Broker.QueuesAsync(cancellationToken);
            var queues = await Task.WhenAll(names.Select(name => stores.Broker.StatusAsync(name, cancellationToken)));
            if (parsed.IsJson(output))
            {
                await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new QueuesView(queues), CliJson.Default.QueuesView));
                return ExitCode.Ok;
            }

            var table = new Table("QUEUE", "WAITING", "DELAYED", "RUNNING", "DEAD", "WORKERS", "PAUSED");
            foreach (var queue in queues)
            {
                table.Add([queue.Name, .. new[] { queue.Waiting, queue.Delayed, queue.Running, queue.Dead, queue.Workers }.Select(n => n.ToString(CultureInfo.InvariantCulture)), queue.Paused ? "yes" : "no"]);
            }

            await Context.Output.WriteAsync(table.ToString());
            return ExitCode.Ok;
        }
    }
}
