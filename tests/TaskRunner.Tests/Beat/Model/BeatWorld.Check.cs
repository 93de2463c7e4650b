namespace TaskRunner.Tests.Beat.Model;

/// <summary>What has to be so after each command, and after everything was healed.</summary>
internal sealed partial class BeatWorld
{
    private const string Hale = "SELECT format('%s: %s', schedule_id, problem) FROM taskrunner.set_aside LIMIT 1";

    // Those after which a schedule that was set aside, a tick of a dead beat and one of a clock that was ahead have their turn again.
    private static readonly int[] Rests = [5, 61, 61];

    // Of ticks that wait for the task of the one before, one goes on in each round in which no new one comes.
    private const int MostRounds = 20;

    // PostgreSQL's time when all beats last began to turn: what has become due since is not theirs to have dealt with.
    private DateTime turned;

    // PostgreSQL's time when its clock was set right before everything else was mended.
    private DateTime righted;

    // PostgreSQL's time at the last check: what beats did since saw no earlier one, as only commands in which no beat turns set the clock.
    private DateTime looked;

    /// <summary>What is wrong by now; null when nothing is.</summary>
    public async Task<string?> FaultAsync()
    {
        await CheckAsync(null);
        lock (faults)
        {
            return faults.FirstOrDefault();
        }
    }

    /// <summary>Everything is mended, and beats have time. What is wrong then? Null when nothing is.</summary>
    public async Task<string?> FaultWhenHealedAsync()
    {
        await HealAsync();
        return await FaultAsync() ?? ledger.Balance(schedules, places) ?? await ScheduleFaultAsync() ?? await SilenceAsync();
    }

    /// <summary>Everything is mended, all tasks finish, and hours pass in which no beat runs.</summary>
    public async Task CalmAsync(int hours)
    {
        await HealAsync();
        await FinishAllAsync();
        await Time.PassAsync(200);
        await TurnAllAsync();
        await Time.PassAsync(hours * 3600);
        await TurnAllAsync();
        await CleanAsync(beats[0]);
    }

    private async Task HealAsync()
    {
        await Time.JumpAsync(TimeSpan.Zero);
        righted = await ClockAsync();
        foreach (var place in places)
        {
            (place.Broker.IsAway, place.Broker.SilentShare) = (false, null);
        }

        foreach (var beat in beats.Where(beat => beat.IsDead).ToList())
        {
            await ReplaceAsync(beat);
        }

        foreach (var rest in Rests)
        {
            await TurnAllAsync();
            await FinishAllAsync();
            await Time.PassAsync(rest);
        }

        await TurnAllAsync();
        for (var round = 0; round < MostRounds && ledger.IsWaiting; round++)
        {
            await FinishAllAsync();
            await Time.PassAsync(5);
            await TurnAllAsync();
        }
    }

    private async Task TurnAllAsync()
    {
        turned = await ClockAsync();
        looked = turned;
        foreach (var beat in beats)
        {
            await beat.TurnAsync();
        }

        await CheckAsync(null);
    }

    private async Task FinishAllAsync()
    {
        foreach (var place in places)
        {
            await FinishAsync(place, place.Broker.Unfinished);
        }
    }

    private async Task CheckAsync(DateTime? oldest)
    {
        await using var command = source.CreateCommand(ModelTick.All);
        var rows = await ReadAsync(command);
        var clock = await ClockAsync();
        var earliest = looked < clock ? looked : clock;
        looked = clock;
        if (ledger.Turn(rows, earliest, clock, oldest) is { } wrong)
        {
            lock (faults)
            {
                faults.Add(wrong);
            }
        }
    }

    private async Task<string?> ScheduleFaultAsync()
    {
        await using var command = source.CreateCommand(Hale);
        if (await command.ExecuteScalarAsync() is string aside)
        {
            return $"set aside: {aside}";
        }

        var now = await ClockAsync();
        foreach (var schedule in schedules)
        {
            var state = await StateAsync(schedule);
            if ((ledger.Gap(schedule, state, now) ?? (state is { IsEnabled: true } ? ledger.Ahead(schedule, righted, now) : null)) is { } fault)
            {
                return fault;
            }

            if (state is { IsEnabled: true } && !(state.NextDue >= schedule.Next(turned) && state.NextDue <= schedule.Next(now)) && !(state.NextDue == schedule.SetByHand && state.NextDue > now))
            {
                return $"{schedule} is due next at {state.NextDue:MM-dd HH:mm:ss}, and should be at {schedule.Next(now):MM-dd HH:mm:ss}: it is {now:MM-dd HH:mm:ss}";
            }

            if (state?.Problem is { } problem)
            {
                return $"{schedule} has a problem: {problem}";
            }
        }

        return null;
    }

    /// <summary>Which schedule is healthy and does not tick; null when all do.</summary>
    private async Task<string?> SilenceAsync()
    {
        var start = await ClockAsync();
        for (var step = 0; step < 4; step++)
        {
            await FinishAllAsync();
            await Time.PassAsync(4);
            await TurnAllAsync();
        }

        if (await FaultAsync() is { } fault)
        {
            return fault;
        }

        foreach (var schedule in Present.Where(schedule => schedule.IsEnabled && schedule.Every <= 10 && !(schedule.SetByHand > start)))
        {
            if (ledger.TasksOf(schedule, start) == 0)
            {
                return $"{schedule} has had no task since {start:MM-dd HH:mm:ss}";
            }
        }

        return null;
    }
}
