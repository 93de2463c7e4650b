using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Configuration;
using TaskRunner.Loops;

namespace TaskRunner.Cli;

/// <summary>What a verb works with: the program's tasks, and the world around it.</summary>
internal sealed record VerbContext(TaskRegistry Registry, IServiceCollection Services)
{
    public TextReader Input { get; init; } = Console.In;

    public TextWriter Output { get; init; } = Console.Out;

    public TextWriter Error { get; init; } = Console.Error;

    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>The program's name, as it was called: messages say how to call it again.</summary>
    public string Program { get; init; } = System.CommandLine.RootCommand.ExecutableName;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Ends a long-running verb gracefully, as SIGTERM does.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>Told the port of the endpoints once a long-running verb listens.</summary>
    public Action<int>? Listening { get; init; }

    /// <summary>For tests: told the loops of a long-running verb before they start.</summary>
    internal Action<LoopSupervisor>? Supervising { get; init; }

    /// <summary>A reader of settings from the command line and the environment.</summary>
    public SettingsReader Read(Func<Setting, string?> flag) => new(flag, Environment);
}
