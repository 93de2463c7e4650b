using System.CommandLine;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary><c>control rate-limit QUEUE [RATE]</c>: how fast tasks start in the whole cluster, at once and until it is changed again. Without a rate it shows what holds.</summary>
internal sealed class RateLimitVerb : Verb
{
    private readonly QueueArgument queue = new();
    private readonly Option<bool> force = KnownNames.Force();
    private readonly Argument<string?> rate = new("RATE") { Description = "For example 10/s or 100/m; none: no limit; default: that of the task's code (queue: none)", Arity = ArgumentArity.ZeroOrOne };
    private readonly TextOption task = new("--task", "Only tasks of this type (default: the queue as a whole)", 200, "-t");

    public RateLimitVerb(VerbContext context)
        : base("rate-limit", "Limit how fast tasks of a queue, or of one type in it, start in the whole cluster; without a rate, show the limits.", context, Settings.Stores)
    {
        Arguments.Add(queue);
        Arguments.Add(rate);
        Options.Add(task);
        Options.Add(force);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, SettingsReader reader, CancellationToken cancellationToken)
    {
        var (name, text, type) = (queue.ValueIn(parsed), parsed.GetValue(rate), task.ValueIn(parsed));
        var limit = Read(text, reader);
        await using var stores = await StoreConnections.OpenAsync(reader, Context, needsBroker: true, needsDatabase: false, cancellationToken);
        if (text is not null && !parsed.GetValue(force) && !await new KnownNames(stores, Context, reader).KnowQueueAsync(name, canForce: true, cancellationToken))
        {
            return ExitCode.Usage;
        }

        if (text is not null)
        {
            await stores.Broker.RememberQueueAsync(name, cancellationToken);
            await stores.Broker.SetRateLimitAsync(name, type, limit, cancellationToken);
        }

        var table = new Table("QUEUE", "TASK", "LIMIT", "SET BY");
        foreach (var holds in (await stores.Broker.RateLimitsAsync(name, cancellationToken)).Where(l => type is null || l.Task == type))
        {
            table.Add(holds.Queue, holds.Task ?? "(all)", holds.Limit.IsNone ? "none" : holds.Limit.ToString(), holds.ByHand ? "control" : "code");
        }

        await Context.Output.WriteAsync(table.ToString());
        return ExitCode.Ok;
    }

    private static RateLimit? Read(string? text, SettingsReader reader)
    {
        if (text is null or "default")
        {
            return null;
        }

        if (text == "none")
        {
            return RateLimit.None;
        }

        var limit = RateLimit.Parse(text);
        if (limit is null)
        {
            reader.Mistake($"RATE is '{TerminalText.Quote(text)}': {RateLimit.Rule}; or none, or default.");
        }

        return limit;
    }
}
