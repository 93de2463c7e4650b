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

    // Neither is a flag with one dash taken apart: -hunter2 is a mistake, and not -h with something behind it.
    // Nothing is read from files because a value begins with an at sign: @daily, @team and @x are values like any other.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null, EnablePosixBundling = false };

    public static async Task<int> RunAsync(string[] arguments, VerbContext context)
    {
        // Everything that verbs write passes here, whatever wrote it into a store.
        context = context with { Output = new TerminalWriter(context.Output), Error = new TerminalWriter(context.Error, keepsLines: false) };
        try
        {
            return await ParseAndRunAsync(arguments, context);
        }
        catch (Exception e) when (Classify(e) is { } code)
        {
            // Each mistake is one line, whatever it quotes; other sentences may be several of ours.
            foreach (var sentence in e is ConfigurationException mistaken ? mistaken.Mistakes : PostgresErrors.IsBadData(e) ? [$"The database refused a value: {e.Message}"] : e.Message.Split('\n'))
            {
                await context.Error.WriteLineAsync(sentence);
            }

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
            var failure = FailureText.Of(e);
            foreach (var line in $"Unexpected error: please report it. {failure.Error}\n{failure.Stack}".Split('\n'))
            {
                await context.Error.WriteLineAsync(line);
            }

            return ExitCode.Unexpected;
        }
    }

    private static async Task<int> ParseAndRunAsync(string[] arguments, VerbContext context)
    {
        if (Array.FindIndex(arguments, IsNoText) is >= 0 and var wrong)
        {
            await context.Error.WriteLineAsync($"Argument {wrong + 1} has a NUL or half a surrogate pair in it, which no value may have: '{TerminalText.Quote(arguments[wrong])}'.");
            return ExitCode.Usage;
        }

        if (context.Registry.Mistakes is { Count: > 0 } unmapped)
        {
            await context.Error.WriteLineAsync(string.Join(Environment.NewLine, unmapped));
            return ExitCode.Usage;
        }

        var parsed = Root(context).Parse(arguments, Parser);
        var mistakes = ParseMistakes.Of(parsed, context.Program);
        if (mistakes.Count > 0)
        {
            foreach (var mistake in mistakes)
            {
                await context.Error.WriteLineAsync(mistake);
            }

            await context.Error.WriteLineAsync($"See '{ParseMistakes.PathOf(parsed.CommandResult, context.Program)} --help'.");
            return ExitCode.Usage;
        }

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

    private static bool IsNoText(string argument)
    {
        for (var i = 0; i < argument.Length; i++)
        {
            if (argument[i] == '\0' || (char.IsSurrogate(argument[i]) && !(i + 1 < argument.Length && char.IsSurrogatePair(argument[i], argument[++i]))))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All verbs. Tests go through it.</summary>
    internal static RootCommand Root(VerbContext context)
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
        _ when PostgresErrors.IsBadData(e) => ExitCode.Usage,
        _ => null,
    };
}
