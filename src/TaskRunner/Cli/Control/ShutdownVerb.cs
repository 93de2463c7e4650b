using System.CommandLine;
using TaskRunner.Broker;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Control;

/// <summary><c>control shutdown</c>: workers drain as on SIGTERM and end with 0. What restarts ended processes starts them again: to have fewer workers, scale their Deployment.</summary>
internal sealed class ShutdownVerb : WishVerb
{
    private readonly Option<bool> all = new("--all") { Description = "All workers" };

    public ShutdownVerb(VerbContext context)
        : base("shutdown", "Let workers drain and end, as SIGTERM does. Kubernetes starts them again.", context) => Options.Add(all);

    protected override WorkerControl ReadWish(ParseResult parsed, SettingsReader reader, bool named)
    {
        if (named == parsed.GetValue(all))
        {
            reader.Mistake("Say which workers are to end: --worker NAME, or --all.");
        }

        return new WorkerControl { Shutdown = true };
    }
}
