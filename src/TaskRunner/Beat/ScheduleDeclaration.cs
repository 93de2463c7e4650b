namespace TaskRunner.Beat;

/// <summary>One schedule as the schedules file declares it.</summary>
public sealed record ScheduleDeclaration
{
    /// <summary>Name of the schedule, 1 to 200 characters, unique in the database.</summary>
    public required string Name { get; init; }

    /// <summary>Cron expression; exactly one of this and <see cref="Every"/> is set.</summary>
    public string? Cron { get; init; }

    /// <summary>Interval; exactly one of this and <see cref="Cron"/> is set.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>Time zone of the cron expression, a name of the tz database.</summary>
    public string Timezone { get; init; } = "UTC";

    /// <summary>Task to enqueue at each tick.</summary>
    public required string Task { get; init; }

    /// <summary>Queue that carries it.</summary>
    public string Queue { get; init; } = "default";

    /// <summary>Its priority, 0 (lowest) to 9.</summary>
    public int Priority { get; init; } = 5;

    /// <summary>Its arguments, JSON text.</summary>
    public string Arguments { get; init; } = "{}";

    /// <summary>Whether it ticks. Null: on at first, and afterwards whatever operators made of it.</summary>
    public bool? Enabled { get; init; }

    /// <summary>What becomes of missed ticks.</summary>
    public CatchUp CatchUp { get; init; } = CatchUp.Latest;
}
