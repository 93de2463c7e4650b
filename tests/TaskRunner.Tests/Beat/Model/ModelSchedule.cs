namespace TaskRunner.Tests.Beat.Model;

/// <summary>What the model knows of a schedule: who has it, how often it ticks, and in which times each of its nominal ticks is to have a row.</summary>
internal sealed class ModelSchedule(Guid id, ModelPlace place, string name, int every)
{
    private readonly List<(DateTime After, DateTime Before, int Every)> times = [];
    private DateTime? openAfter;

    public Guid Id => id;

    public ModelPlace Place => place;

    public string Name { get; set; } = name;

    /// <summary>Seconds between two ticks; they lie on the multiples of it since 1970.</summary>
    public int Every { get; private set; } = every;

    public bool IsRemoved { get; private set; }

    public bool IsEnabled { get; private set; } = true;

    /// <summary>The turn of the ledger before its last edit.</summary>
    public int EditedAt { get; private set; }

    /// <summary>The next due time that was set by hand last.</summary>
    public DateTime? SetByHand { get; private set; }

    /// <summary>Notes an edit: what beat had dealt with before it is to have rows.</summary>
    /// <param name="before">The row as it was.</param>
    /// <param name="after">The row as it is; null when it was removed.</param>
    /// <param name="newEvery">Seconds between two ticks from here on.</param>
    /// <param name="turn">The turn of the ledger.</param>
    public void Edited(ScheduleState before, ScheduleState? after, int newEvery, int turn)
    {
        EditedAt = turn;
        if (after is null)
        {
            Close(before);
            IsRemoved = true;
            return;
        }

        IsEnabled = after.IsEnabled;
        if (after.Since != before.Since)
        {
            Close(before);
            Begin(after);
        }
        else if (after.NextDue != before.NextDue && after.NextDue is { } due)
        {
            Close(before);
            (openAfter, SetByHand) = (IsEnabled ? due.AddTicks(-1) : null, due);
        }

        Every = newEvery;
    }

    /// <summary>Its ticks count from here on.</summary>
    public void Begin(ScheduleState state) => openAfter = state.IsEnabled ? state.Since : null;

    /// <summary>The nominal ticks that are to have a row, up to an instant.</summary>
    /// <param name="state">The row as it is; null when it was removed.</param>
    /// <param name="now">What lies later may have been taken back when a clock was set right.</param>
    public IEnumerable<DateTime> Expected(ScheduleState? state, DateTime now)
    {
        var all = openAfter is { } after && state?.NextDue is { } due ? times.Append((After: after, Before: due, Every)) : times;
        return all.SelectMany(time => Grid(time.After, time.Before < now ? time.Before : now, time.Every)).Distinct();
    }

    /// <summary>Whether a nominal tick is one of those that it has as it is now, and not only as it was before an edit.</summary>
    public bool HasNow(DateTime nominal, ScheduleState? state) =>
        openAfter is { } after && state?.NextDue is { } due && Grid(after, due, Every).Contains(nominal);

    /// <summary>The first nominal tick after an instant.</summary>
    public DateTime Next(DateTime after) => Grid(after, after.AddSeconds(Every + 1), Every).First();

    public override string ToString() => $"{place}/{Name}";

    private static IEnumerable<DateTime> Grid(DateTime after, DateTime before, int every)
    {
        var step = TimeSpan.FromSeconds(every).Ticks;
        for (var tick = ((after - DateTime.UnixEpoch).Ticks / step) + 1; DateTime.UnixEpoch.AddTicks(tick * step) < before; tick++)
        {
            yield return DateTime.UnixEpoch.AddTicks(tick * step);
        }
    }

    private void Close(ScheduleState state)
    {
        if (openAfter is { } after && state.NextDue is { } due)
        {
            times.Add((after, due, Every));
        }

        openAfter = null;
    }
}

/// <summary>What the table says of a schedule.</summary>
internal sealed record ScheduleState(bool IsEnabled, DateTime Since, DateTime? NextDue, string? Problem);
