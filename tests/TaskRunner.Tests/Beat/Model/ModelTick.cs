using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>A row of <c>ticks</c>.</summary>
internal sealed record ModelTick(
    Guid Schedule, DateTime Nominal, Guid? Task, string State, string? Reason, bool IsOver, DateTime CreatedAt, string Namespace, int Missed, DateTime? MissedSince)
{
    public const string All = "SELECT schedule_id, nominal, task_id, state, reason, check_at IS NULL, created_at, namespace, missed_count, missed_since FROM taskrunner.ticks";

    public (Guid Schedule, DateTime Nominal) Key => (Schedule, Nominal);

    /// <summary>The id that its task has or would have.</summary>
    public Guid Id => Task ?? TickId.Of(Schedule, Nominal);

    /// <summary>Whether it says that there is a task.</summary>
    public bool HasTask => State is TickState.Sent or TickState.Ran;

    /// <summary>Whether it says that there never will be one, or that its result is known.</summary>
    public bool IsFinal => State is TickState.Ran or TickState.Skipped or TickState.Refused;

    public static ModelTick Read(Npgsql.NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetDateTime(1),
        row.IsDBNull(2) ? null : row.GetGuid(2),
        row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4),
        row.GetBoolean(5),
        row.GetDateTime(6),
        row.GetString(7),
        row.GetInt32(8),
        row.IsDBNull(9) ? null : row.GetDateTime(9));

    public override string ToString() => $"{Schedule.ToString()[..4]} {Nominal:MM-dd HH:mm:ss.ffffff} {State}{(Reason is null ? "" : $" ({Reason})")}";
}
