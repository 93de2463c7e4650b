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
        private readonly Option<Guid?> id = new("--id") { Description = "Id of the flow; one that was started before with the same id is not started again, for a day" };
        private readonly Option<string> output = OutputFormat.Create();

        public Start(VerbContext context)
            : base("start", "Start a flow and print the ids of it, of its last task, and of the tasks that were enqueued at once.", context, Settings.Stores)
        {
            Arguments.Add(file);
            Options.Add(id);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            var path = parsed.GetValue(file)!;
            var flow = await ReadAsync(path, cancellationToken) is { } text
                ? new FlowFile(reader, Context.Registry, path == "-" ? "Standard input" : path).Read(text)
                : null;
            if (flow is null && reader.Mistakes.Count == 0)
            {
                reader.Mistake($"FILE is '{path}': there is no such file, or it cannot be read.");
            }

            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var started = await new FlowEnqueuer(stores.Broker, Context.Time).StartAsync(flow!, parsed.GetValue(id) ?? TaskId.Next(Context.Time), cancellationToken);
            await Context.Output.WriteLineAsync(parsed.IsJson(output)
                ? JsonSerializer.Serialize(new StartedFlowView(started.Id, started.LastId, started.TaskIds), CliJson.Default.StartedFlowView)
                : $"{"id",-14}{started.Id}{System.Environment.NewLine}{"last",-14}{started.LastId}{System.Environment.NewLine}{"enqueued",-14}{string.Join(' ', started.TaskIds)}");
            return ExitCode.Ok;
        }

        private static async Task<string?> ReadAsync(string path, CancellationToken cancellationToken)
        {
            try
            {
                return path == "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(path, cancellationToken);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
