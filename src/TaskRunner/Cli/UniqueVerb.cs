using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli;

/// <summary><c>unique list|release</c>: the keys that keep a second task out, and who holds them.</summary>
internal sealed class UniqueVerb : Command
{
    public UniqueVerb(VerbContext context)
        : base("unique", "Look at the unique keys that tasks hold, and release one.")
    {
        Subcommands.Add(new List(context));
        Subcommands.Add(new Release(context));
    }

    private sealed class List : Verb
    {
        private readonly QueueOption queue = new("Only keys of this queue (default: of all)");
        private readonly ChoiceOption output = OutputFormat.Create();

        public List(VerbContext context)
            : base("list", "List the unique keys that are held.", context, Settings.Stores)
        {
            Options.Add(queue);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            var held = new List<HeldKey>();
            foreach (var name in queue.ValueIn(parsed) is { } one ? [one] : await stores.Broker.QueuesWithUniqueKeysAsync(cancellationToken))
            {
                held.AddRange(await stores.Broker.UniqueKeysAsync(name, cancellationToken));
            }

            if (parsed.IsJson(output))
            {
                var view = new UniqueKeysView([.. held.Select(k => new UniqueKeyView(k.Queue, k.Key, k.Task, (long)k.Remaining.TotalMilliseconds))]);
                await Context.Output.WriteLineAsync(JsonSerializer.Serialize(view, CliJson.Default.UniqueKeysView));
                return ExitCode.Ok;
            }

            var table = new Table("QUEUE", "KEY", "TASK", "FREE AT THE LATEST");
            foreach (var key in held)
            {
                table.Add(key.Queue, key.Key, key.Task.ToString(), string.Create(CultureInfo.InvariantCulture, $"in {key.Remaining.TotalSeconds:0}s"));
            }

            await Context.Output.WriteAsync(table.ToString());
            return ExitCode.Ok;
        }
    }

    private sealed class Release : Verb
    {
        private readonly UniqueKeyArgument key = new();
        private readonly QueueOption queue = new("Queue of the key (default: default)");
        private readonly IdOption task = new("--task", "Release it only while this task holds it");
        private readonly ChoiceOption output = OutputFormat.Create();

        public Release(VerbContext context)
            : base("release", "Let the next task with this key in; what holds it now goes on. Exit code 4 when nothing holds it.", context, Settings.Stores)
        {
            Arguments.Add(key);
            Options.Add(queue);
            Options.Add(task);
            Options.Add(output);
        }

        protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
        {
            var (name, text) = (queue.ValueIn(parsed) ?? "default", parsed.GetValue(key)!);
            await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
            if (await stores.Broker.ReleaseUniqueAsync(name, text, task.ValueIn(parsed), cancellationToken) is not { } holder)
            {
                await Context.Error.WriteLineAsync($"No such task holds the unique key '{TerminalText.Quote(text)}' of queue '{name}'.");
                return ExitCode.NotFound;
            }

            await Context.Output.WriteLineAsync(parsed.IsJson(output)
                ? JsonSerializer.Serialize(new ReleasedKeyView(name, text, holder), CliJson.Default.ReleasedKeyView)
                : $"Released; task {holder} held it.");
            return ExitCode.Ok;
        }
    }
}
