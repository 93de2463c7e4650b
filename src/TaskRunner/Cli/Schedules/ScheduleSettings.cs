using TaskRunner.Configuration;

namespace TaskRunner.Cli.Schedules;

/// <summary>Settings of verbs that need the database alone.</summary>
internal static class ScheduleSettings
{
    public static IReadOnlyList<Setting> Database { get; } = [.. Settings.Database, Settings.DatabaseSchema, Settings.Namespace];
}
