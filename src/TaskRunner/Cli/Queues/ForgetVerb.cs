using System.CommandLine;
using System.Text.Json;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Queues;

/// <summary><c>queues forget QUEUE</c>: takes an empty queue out of the lists. Its next use brings it back.</summary>
internal sealed class ForgetVerb : Verb
{
    private readonly QueueArgument queue = new();
    private readonly ChoiceOption output = OutputFormat.Create();

    public ForgetVerb(VerbContext context)
        : base(
            "forget",
            "Remove a queue that is empty, with its rate limits and counts, until it is used again. Exit code 4 when there is none, 6 when it holds something, is paused, or a worker serves it.",
            context,
            Settings.Stores)
    {
        Arguments.Add(queue);
        Options.Add(output);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        var name = queue.ValueIn(parsed);
        if (!await stores.Broker.KnowsQueueAsync(name, cancellationToken))
        {
            await Context.Error.WriteLineAsync($"There is no queue '{name}'.{Near.Question(name, await stores.Broker.QueuesAsync(cancellationToken))}");
            return ExitCode.NotFound;
        }

        var remains = await stores.Broker.ForgetQueueAsync(name, cancellationToken);
        if (parsed.IsJson(output))
        {
            await Context.Output.WriteLineAsync(JsonSerializer.Serialize(new ForgottenQueueView(name, remains is null, remains?.ToString()), CliJson.Default.ForgottenQueueView));
        }
        else if (remains is null)
        {
            await Context.Output.WriteLineAsync($"Queue {name} was forgotten.");
        }

        if (remains is not null)
        {
            await Context.Error.WriteLineAsync($"Queue '{name}' was not forgotten: {remains}.");
            return ExitCode.Refused;
        }

        return ExitCode.Ok;
    }
}
