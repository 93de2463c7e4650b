using TaskRunner.Broker;

namespace TaskRunner.Beat;

/// <summary>A schedule as somebody wrote it down: in the schedules file, on the command line, or in the tables of another program.</summary>
public sealed record ScheduleDeclaration
{
    /// <summary>How far back missed ticks are caught up on by default.</summary>
    public static readonly TimeSpan StandardCatchUpWindow = TimeSpan.FromHours(1);

    /// <summary>How many missed ticks are caught up on by default.</summary>
    public const int StandardCatchUpLimit = 10;

    /// <summary>Name of the schedule, 1 to 200 characters, unique in the database.</summary>
    public required string Name { get; init; }

    /// <summary>When it ticks.</summary>
    public required ScheduleTiming Timing { get; init; }

    /// <summary>Task to enqueue at each tick, 1 to 200 characters.</summary>
    public required string Task { get; init; }

    /// <summary>Queue that carries it; null: that of its route, else of its task type, else <c>default</c>.</summary>
    public string? Queue { get; init; }

    /// <summary>Its priority, 0 (lowest) to 9; null: that of its route, else of its task type, else 5.</summary>
    public int? Priority { get; init; }

    /// <summary>Its arguments, the JSON text of an object.</summary>
    public string Arguments { get; init; } = "{}";

    /// <summary>Whether it ticks. Null: on at first, and afterwards whatever operators made of it.</summary>
    public bool? Enabled { get; init; }

    /// <summary>What becomes of missed ticks.</summary>
    public CatchUp CatchUp { get; init; } = CatchUp.Latest;

    /// <summary>With <see cref="CatchUp.All"/>: ticks that are older than this are dropped; 1 s to 366 days.</summary>
    public TimeSpan CatchUpWindow { get; init; } = StandardCatchUpWindow;

    /// <summary>With <see cref="CatchUp.All"/>: at most that many run, the newest; 1 to 1000.</summary>
    public int CatchUpLimit { get; init; } = StandardCatchUpLimit;

    /// <summary>What becomes of a tick while the task of an earlier one has not finished.</summary>
    public OverlapPolicy Overlap { get; init; }

    /// <summary>A task that has not started this long after its tick is dropped, 1 ms to 366 days; null: it waits for ever.</summary>
    public TimeSpan? Expires { get; init; }

    /// <summary>A sentence for people, up to 2000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>The same with queue and priority filled in: by the routes, else by the task types of this program.</summary>
    internal ScheduleDeclaration Routed(TaskRoutes routes, TaskRegistry registry)
    {
        var definition = registry.Find(Task);
        var (queue, priority) = routes.Resolve(Task, Queue, Priority, definition?.Queue, definition?.Priority);
        return this with { Queue = queue, Priority = priority };
    }
}
