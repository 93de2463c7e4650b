using System.CommandLine;
using TaskRunner.Beat;
using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary><c>schedule pause NAME</c>.</summary>
internal sealed class PauseVerb : NamedScheduleVerb
{
    private readonly Option<string?> reason = new("--reason") { Description = "Why, up to 1000 characters" };
    private readonly Option<string?> by = new("--by") { Description = "Who, up to 200 characters (default: the user of this shell)" };

    public PauseVerb(VerbContext context)
        : base("pause", "Let a schedule rest until it is resumed; a release leaves it paused unless it declares enabled.", context)
    {
        Options.Add(reason);
        Options.Add(by);
    }

    protected override void ReadFlags(ParseResult parsed, SettingsReader reader)
    {
        Check(reader, "--reason", parsed.GetValue(reason), 1000);
        Check(reader, "--by", parsed.GetValue(by), 200);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, StoredSchedule row, StoreConnections stores, CancellationToken cancellationToken)
    {
        var who = parsed.GetValue(by) ?? Context.Environment("USER");
        if (!await stores.Schedules!.PauseAsync(row.Schedule.Name, parsed.GetValue(reason), string.IsNullOrEmpty(who) ? null : who, cancellationToken))
        {
            return await NotFoundAsync(row.Schedule.Name);
        }

        await Context.Output.WriteLineAsync($"paused {row.Schedule.Name}");
        return ExitCode.Ok;
    }

    private static void Check(SettingsReader reader, string flag, string? text, int most)
    {
        if (text?.Length > most || text?.Contains('\0', StringComparison.Ordinal) == true)
        {
            reader.Mistake($"{flag} has {text.Length} characters: it has up to {most} printable ones.");
        }
    }
}
