using System.CommandLine;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;
using TaskRunner.Flows;

namespace TaskRunner.Cli;

/// <summary><c>flow start FILE</c>: starts a chain, a group or a chord.</summary>
internal sealed class FlowVerb : Command
{
    public FlowVerb(VerbContext context)
        : base("flow", "Start tasks that belong together: chains, groups and chords.") => Subcommands.Add(new Start(context));

    private sealed class Start : Verb
    {
        private readonly Argument<string> file = new("FILE") { Description = "JSON file that describes the flow; - for standard input" };
        private readonly IdOption id = new("--id", "Id of the flow; one that was started before with the same id is not started again, for a day");
        private readonly Option<bool> force = KnownNames.Force();
        private readonly ChoiceOption output = OutputFormat.Create();

        public Start(VerbContext context)
            : base("start", "Start a flow and print the ids of it, of its last task, and of the tasks that were enqueued at once.", context, Settings.Stores)
        {
            Arguments.Add(file);
            Options.Add(id);
            Options.Add(force);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            var path = parsed.GetValue(file)!;
            var flow = new FlowFile(reader, Context.Registry, path == "-" ? "Standard input" : TerminalText.Quote(path));
            var parts = await ReadAsync(path, reader, cancellationToken) is { } text ? flow.Read(text) : null;
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var names = new KnownNames(stores, Context, reader);
            if (!parsed.GetValue(force))
            {
                if (!await names.KnowTasksAsync(flow.Tasks, cancellationToken))
                {
                    return ExitCode.Usage;
                }

                await names.WarnAboutQueuesAsync(flow.NamedQueues, cancellationToken);
            }

            var started = await new FlowEnqueuer(stores.Broker, Context.Time).StartAsync(parts!, id.ValueIn(parsed) ?? TaskId.Next(Context.Time), cancellationToken);
            await Context.Output.WriteLineAsync(parsed.IsJson(output)
                ? JsonSerializer.Serialize(new StartedFlowView(started.Id, started.LastId, started.TaskIds), CliJson.Default.StartedFlowView)
                : $"{"id",-14}{started.Id}{System.Environment.NewLine}{"last",-14}{started.LastId}{System.Environment.NewLine}{"enqueued",-14}{string.Join(' ', started.TaskIds)}");
            return ExitCode.Ok;
        }

        private async Task<string?> ReadAsync(string path, SettingsReader reader, CancellationToken cancellationToken)
        {
            try
            {
                return await InputText.ReadAllAsync(path, Context.Input, cancellationToken);
            }
            catch (Exception e) when (InputText.Explain(e) is { } why)
            {
                reader.Mistake($"FILE is '{TerminalText.Quote(path)}': {why}.");
                return null;
            }
        }
    }
}
