using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using TaskRunner.Beat;

namespace TaskRunner.Cli.Schedules;

/// <summary>A schedule as JSON; <c>definition</c> can be put into the schedules file as it is.</summary>
internal sealed record ScheduleView(
    string Name,
    Guid Id,
    string State,
    string Source,
    DateTimeOffset? NextDue,
    DateTimeOffset? LastDue,
    string? Problem,
    string? PausedReason,
    string? PausedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    JsonObject Definition)
{
    public static ScheduleView Of(StoredSchedule row) => new(
        row.Schedule.Name,
        row.Id,
        ScheduleWhen.State(row),
        row.Source,
        row.NextDue,
        row.LastDue,
        row.Problem,
        row.PausedReason,
        row.PausedBy,
        row.CreatedAt,
        row.UpdatedAt,
        ScheduleEntryWriter.Write(row.Schedule));
}

internal sealed record RunView(DateTimeOffset At, string Local, string? Note);

internal sealed record PreviewView(string Name, string Timezone, IReadOnlyList<RunView> Runs);

internal sealed record TickView(
    string Name,
    DateTimeOffset Nominal,
    string State,
    string Explanation,
    Guid? TaskId,
    string? Reason,
    DateTimeOffset? SentAt,
    int Resent,
    DateTimeOffset? StartedAt,
    DateTimeOffset? FinishedAt,
    string? Outcome);

internal sealed record ImportedView(string Name, JsonObject Definition);

internal sealed record ImportView(bool DryRun, IReadOnlyList<ImportedView> Imported, IReadOnlyList<string> LeftOut, IReadOnlyList<string> Remarks);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, MaxDepth = JsonDepth.Read)]
[JsonSerializable(typeof(ScheduleView))]
[JsonSerializable(typeof(ScheduleView[]))]
[JsonSerializable(typeof(PreviewView))]
[JsonSerializable(typeof(TickView))]
[JsonSerializable(typeof(ImportView))]
internal sealed partial class ScheduleJson : JsonSerializerContext;
