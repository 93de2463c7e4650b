using System.CommandLine;
using System.Reflection;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Cli.Control;
using TaskRunner.Cli.Inspect;
using TaskRunner.Cli.Queues;
using TaskRunner.Cli.Schedules;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.Cli;

/// <summary>Verb to exit code: every exception that a user can cause ends here as one clear sentence.</summary>
internal static class CommandLine
{
    /// <summary>Version of the program that runs.</summary>
    public static string Version { get; } =
        (Assembly.GetEntryAssembly() ?? typeof(CommandLine).Assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    public static async Task<int> RunAsync(string[] arguments, VerbContext context)
    {
        if (context.Registry.Mistakes is { Count: > 0 } mistakes)
        {
            await context.Error.WriteLineAsync(string.Join(Environment.NewLine, mistakes));
            return ExitCode.Usage;
        }

        var parsed = Root(context).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                await context.Error.WriteLineAsync(error.Message);
            }

            await context.Error.WriteLineAsync($"See '{parsed.CommandResult.Command.Name} --help'.");
            return ExitCode.Usage;
        }

        try
        {
            // Signals are ours: the library would end the process two seconds after SIGTERM.
            var configuration = new InvocationConfiguration
            {
                Output = context.Output,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, context.Stopping);
        }
        catch (Exception e) when (Classify(e) is { } code)
        {
            await context.Error.WriteLineAsync(e.Message);
            return code;
        }
        catch (IOException e)
        {
            // Standard output cannot be written, or a file cannot be read.
            await context.Error.WriteLineAsync(e.Message);
            return ExitCode.Unexpected;
        }
#pragma warning disable CA1031 // The last place that can turn a bug into an exit code; what it was is written down whole.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            await context.Error.WriteLineAsync($"Nobody expected this: please report it. {e}");
            return ExitCode.Unexpected;
        }
    }

    private static RootCommand Root(VerbContext context)
    {
        var root = new RootCommand("Runs background tasks from Redis queues, and enqueues on schedules kept in PostgreSQL.")
        {
            new WorkerVerb(context),
            new BeatVerb(context),
            new MigrateVerb(context),
            new EnqueueVerb(context),
            new ResultVerb(context),
            new DeadVerb(context),
            new FlowVerb(context),
            new GroupVerb(context),
            new InspectVerb(context),
            new UniqueVerb(context),
            new ScheduleVerb(context),
            new ControlVerb(context),
            new QueuesVerb(context),
            new DoctorVerb(context),
            new VersionVerb(context),
        };
        return root;
    }

    private static int? Classify(Exception e) => e switch
    {
        ConfigurationException or ScheduleFileException => ExitCode.Usage,
        BrokerUnavailableException or RedisUnavailableException or RedisServerException or DatabaseUnavailableException or MigrationException => ExitCode.StoreUnavailable,
        PayloadTooLargeException or TaskRulesException => ExitCode.Refused,
        UnfitServerException => ExitCode.UnfitServer,
        _ => null,
    };
}
