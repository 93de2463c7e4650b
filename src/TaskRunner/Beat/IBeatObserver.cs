namespace TaskRunner.Beat;

/// <summary>Is told what beat does: for metrics and health. Calls come one at a time and must return at once.</summary>
public interface IBeatObserver
{
    /// <summary>The loop went round once, whether or not the stores answered: the sign that beat is alive.</summary>
    void LoopTurned();

    /// <summary>A tick was settled.</summary>
    /// <param name="schedule">Name of the schedule.</param>
    /// <param name="outcome">What became of it.</param>
    /// <param name="lag">Time from the nominal instant to now, by the clock of the database.</param>
    void Ticked(string schedule, TickOutcome outcome, TimeSpan lag);

    /// <summary>A schedule was behind, and its catch-up policy decided.</summary>
    /// <param name="schedule">Name of the schedule.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="run">How many of the missed ticks run.</param>
    /// <param name="dropped">How many are skipped, counted up to 1000.</param>
    void CaughtUp(string schedule, CatchUp policy, int run, int dropped);

    /// <summary>The age of the oldest tick that is to be enqueued; told every two seconds.</summary>
    void RelayLagged(TimeSpan lag);

    /// <summary>How many schedules there are; told every 15 seconds.</summary>
    void SchedulesCounted(ScheduleCounts counts);

    /// <summary>The clock of the database jumped.</summary>
    /// <param name="by">How far: positive forward, negative back.</param>
    void ClockJumped(TimeSpan by);
}
