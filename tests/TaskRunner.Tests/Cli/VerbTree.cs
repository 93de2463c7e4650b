using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Cli;

namespace TaskRunner.Tests.Cli;

/// <summary>All verbs that can be run, taken from the command line itself: a new one is in every test that goes through them.</summary>
internal static class VerbTree
{
    /// <summary>The verbs by what is typed, for example <c>inspect queues</c>.</summary>
    public static IReadOnlyDictionary<string, Command> Leaves { get; } =
        Walk(CommandLine.Root(new VerbContext(new TaskRegistry(), new ServiceCollection())), []).ToDictionary(v => v.Path, v => v.Verb, StringComparer.Ordinal);

    /// <summary>Arguments and required flags with which a verb runs.</summary>
    public static IReadOnlyDictionary<string, string[]> RightValues(string verb) => Leaves[verb].Arguments.Where(a => a.Arity.MinimumNumberOfValues > 0)
        .ToDictionary(a => a.Name, a => new[] { RightValue(verb, a.Name) }, StringComparer.Ordinal);

    /// <summary>Flags that keep a call short, or that a verb cannot do without.</summary>
    public static IEnumerable<(string Flag, string? Value)> ShortRun(string verb)
    {
        var command = Leaves[verb];
        foreach (var (flag, value) in new[] { ("--timeout", "1ms"), ("--http-port", "0"), ("--drain-seconds", "0"), ("--log-level", "error"), ("--from", "celery") })
        {
            if (command.Options.Any(o => o.Name == flag) && (flag != "--from" || command.Name == "import"))
            {
                yield return (flag, value);
            }
        }

        switch (verb)
        {
            case "enqueue":
                yield return ("TASK", "debug.echo");
                break;
            case "control shutdown":
                yield return ("--all", null);
                break;
            case "schedule add":
                yield return ("--task", "debug.echo");
                yield return ("--every", "1d");
                break;
        }
    }

    /// <summary>Codes that docs/exit-codes.md allows a verb.</summary>
    public static IReadOnlySet<int> DocumentedCodes(string verb)
    {
        var row = File.ReadLines(RepositoryFile("docs/exit-codes.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|'))
            .FirstOrDefault(cells => cells[1].Split(',').Any(v => v.Trim() == $"`{verb}`"));
        return new HashSet<int>([0, 2, 3, 8, .. row is null ? [] : row[2].Split(',').Select(int.Parse)]);
    }

    public static string RepositoryFile(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, path)))
        {
            folder = folder.Parent ?? throw new FileNotFoundException(path);
        }

        return Path.Combine(folder.FullName, path);
    }

    private static string RightValue(string verb, string argument) => argument switch
    {
        "ID" => "01a22778-80df-7000-b7ab-93978a9e1ba0",
        "QUEUE" => "default",
        "N" => "2",
        "ORDER" => "fair",
        "RATE" => "10/s",
        "TIME" => "2030-01-01T00:00",
        "FILE" => "-",
        "KEY" => "k",
        "NAME" when verb == "schedule add" => Guid.NewGuid().ToString("N"),
        _ => "nightly",
    };

    private static IEnumerable<(string Path, Command Verb)> Walk(Command command, string[] path) =>
        command.Subcommands.Count == 0 ? [(string.Join(' ', path), command)] : command.Subcommands.SelectMany(c => Walk(c, [.. path, c.Name]));
}
