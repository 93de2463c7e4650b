using TaskRunner.Beat;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>Holds rows of ticks, tasks of brokers and nominal ticks of schedules against each other.</summary>
internal sealed class TickLedger
{
    /// <summary>How long the rows of ticks are kept.</summary>
    public static readonly TimeSpan TimeToLive = TimeSpan.FromDays(7);

    private readonly Dictionary<(Guid, DateTime), ModelTick> rows = [];
    private readonly Dictionary<(Guid, DateTime), ModelTick> retired = [];

    // In which turn a row was seen first.
    private readonly Dictionary<(Guid, DateTime), int> seen = [];

    // What is skipped, and whether that was seen first by the clock by which it was written, and not by one that was set back since.
    private readonly Dictionary<(Guid, DateTime), bool> skipped = [];

    // Skipped while the clock was ahead, and taken back when it was set right: they come again, unless their schedule was edited meanwhile.
    private readonly HashSet<(Guid Schedule, DateTime Nominal)> takenBack = [];

    // What was told of once is told of, also when a clock that is set back takes the count away, as its ticks are to come again.
    private readonly HashSet<(Guid Schedule, DateTime Since, DateTime Until)> told = [];

    /// <summary>How often rows were read.</summary>
    public int Turns { get; private set; }

    /// <summary>Whether there are ticks that are to become tasks.</summary>
    public bool IsWaiting => rows.Values.Any(row => row.State is TickState.Pending or TickState.Buffered);

    /// <summary>What is wrong with the change from the rows that were there to those that are; null when nothing is.</summary>
    /// <param name="now">The rows that are there.</param>
    /// <param name="clock">The earliest time that PostgreSQL can have shown since the rows that were there were read.</param>
    /// <param name="latest">The time that it shows.</param>
    /// <param name="oldest">What is older may be retired; null when nobody does that now.</param>
    public string? Turn(IReadOnlyList<ModelTick> now, DateTime clock, DateTime latest, DateTime? oldest)
    {
        var after = now.ToDictionary(row => row.Key);
        var wrong = rows.Values.Select(before => Wrong(before, after.GetValueOrDefault(before.Key), clock, oldest)).FirstOrDefault(found => found is not null)
            ?? now.Where(row => retired.ContainsKey(row.Key)).Select(row => $"{row} has a second row").FirstOrDefault()
            ?? now.Where(row => !seen.ContainsKey(row.Key) && row.CreatedAt < row.Nominal).Select(row => $"{row} was written at {row.CreatedAt:MM-dd HH:mm:ss.ffffff}, before it was due").FirstOrDefault();
        Turns++;
        rows.Clear();
        foreach (var row in now)
        {
            seen.TryAdd(row.Key, Turns);
            if (row.State == TickState.Skipped)
            {
                skipped.TryAdd(row.Key, latest >= row.CreatedAt);
            }

            rows.Add(row.Key, row);
            if (row is { Missed: > 0, MissedSince: { } since })
            {
                told.Add((row.Schedule, since, row.Nominal));
            }
        }

        return wrong;
    }

    // A tick that was added without a namespace gets its schedule's when it is looked at; with the schedule gone nobody can tell whose it was.
    private static bool IsOrphan(ModelTick row) => row is { Namespace: "", State: TickState.Skipped, Reason: TickReason.Removed };

    /// <summary>What is wrong with the tasks that a broker has, after everything was healed; null when nothing is.</summary>
    public string? Balance(IReadOnlyCollection<ModelSchedule> schedules, IReadOnlyCollection<ModelPlace> places)
    {
        var owners = schedules.ToDictionary(schedule => schedule.Id, schedule => schedule.Place);
        var all = rows.Values.Concat(retired.Values).ToList();
        var tasks = all.Where(row => row.HasTask).ToDictionary(row => row.Id);
        return all.Where(row => row.State is TickState.Pending or TickState.Buffered).Select(row => $"{row} waits on").FirstOrDefault()
            ?? all.Where(row => row.Namespace != owners[row.Schedule].Key && !IsOrphan(row)).Select(row => $"{row} of {owners[row.Schedule]} is in the namespace '{row.Namespace}'").FirstOrDefault()
            ?? all.Where(row => row.HasTask && !owners[row.Schedule].Broker.Accepted.ContainsKey(row.Id)).Select(row => $"{row} has no task").FirstOrDefault()
            ?? all.Where(row => row.State == TickState.Refused).Select(row => $"{row} of a schedule without fault").FirstOrDefault()
            ?? places.SelectMany(place => place.Broker.Accepted.Select(task => Wrong(place, task.Key, task.Value, tasks, owners))).FirstOrDefault(found => found is not null);
    }

    /// <summary>Which nominal tick of a schedule has no row; null when each has one, or is told of as missed.</summary>
    public string? Gap(ModelSchedule schedule, ScheduleState? state, DateTime now)
    {
        var own = rows.Values.Concat(retired.Values).Where(row => row.Schedule == schedule.Id).Select(row => row.Nominal).ToHashSet();
        var missed = told.Where(time => time.Schedule == schedule.Id).ToList();
        return schedule.Expected(state, now)
            .Where(nominal => !takenBack.Contains((schedule.Id, nominal)) || schedule.HasNow(nominal, state))
            .Where(nominal => !own.Contains(nominal) && !missed.Exists(time => time.Since <= nominal && nominal <= time.Until))
            .Select(nominal => $"the tick of {nominal:MM-dd HH:mm:ss} of {schedule} has no row")
            .FirstOrDefault();
    }

    /// <summary>Which tick that a clock ahead of its time skipped was not taken back when the clock was set right; null when each was.</summary>
    /// <param name="schedule">One that ticks; what was there before its last edit has not to be taken back.</param>
    /// <param name="righted">When the clock was set right.</param>
    /// <param name="now">The time.</param>
    public string? Ahead(ModelSchedule schedule, DateTime righted, DateTime now) => rows.Values
        .Where(row => row.Schedule == schedule.Id && row.State == TickState.Skipped && skipped[row.Key])
        .Where(row => row.Nominal > righted && row.CreatedAt > now && seen[row.Key] > schedule.EditedAt)
        .Select(row => $"{row} of {schedule} was skipped at {row.CreatedAt:MM-dd HH:mm:ss}, which is not yet")
        .FirstOrDefault();

    /// <summary>How many tasks a schedule has had since an instant.</summary>
    public int TasksOf(ModelSchedule schedule, DateTime since) => rows.Values.Count(row => row.Schedule == schedule.Id && row.Nominal > since && row.HasTask);

    private string? Wrong(ModelTick before, ModelTick? after, DateTime clock, DateTime? oldest)
    {
        if (after is null)
        {
            seen.Remove(before.Key);
            skipped.Remove(before.Key);
            if (before.IsOver && before.CreatedAt < oldest && before.Nominal < oldest)
            {
                retired[before.Key] = before;
                return null;
            }

            // A tick of a time to come that became no task has not come yet.
            takenBack.Add(before.Key);
            return before.State == TickState.Skipped && before.Nominal > clock ? null : $"{before} was deleted";
        }

        return (before.IsFinal && after.State != before.State)
            || (before.State == TickState.Sent && !after.HasTask && after.Reason != TickReason.Superseded)
            || (before.Task is { } task && after.Task != task)
                ? $"{before} became {after}"
                : null;
    }

    // A task that was lost with all of the broker's data, before anybody had noted it, is none.
    private static string? Wrong(ModelPlace place, Guid id, List<int> memories, Dictionary<Guid, ModelTick> tasks, Dictionary<Guid, ModelPlace> owners) =>
        !tasks.TryGetValue(id, out var row) ? memories[^1] < place.Broker.Memory ? null : $"{place} has a task {id} of which no row says so"
        : owners[row.Schedule] != place ? $"{place} has the task of {row} of {owners[row.Schedule]}"
        : memories.Distinct().Count() != memories.Count ? $"{row} has {memories.Count} tasks"
        : null;
}
