namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What can be done to a queue.</summary>
/// <param name="Name">Its name in the report of a failure.</param>
/// <param name="Share">How often it is drawn.</param>
/// <param name="Ask">Does it to the model.</param>
/// <param name="AskAsync">Does it to the server.</param>
internal sealed record QueueVerb(string Name, int Share, Func<QueueModel, QueueCommand, string> Ask, Func<QueueOnServer, QueueCommand, Task<string>> AskAsync)
{
    // Enqueueing and fetching are what the others need to have something to do.
    public static IReadOnlyList<QueueVerb> All { get; } =
    [
        new("enqueue", 32, (m, c) => m.Enqueue(c.Id, c.Priority, later: false, c.Rules), (s, c) => s.EnqueueAsync(c.Id, c.Priority, later: false, c.Rules)) { TakesRules = true },
        new("enqueue later", 6, (m, c) => m.Enqueue(c.Id, c.Priority, later: true, c.Rules), (s, c) => s.EnqueueAsync(c.Id, c.Priority, later: true, c.Rules)) { TakesRules = true },
        new("fetch", 28, (m, c) => m.Fetch(c.Worker, c.Number, null), (s, c) => s.FetchAsync(c.Worker, c.Number, null)),
        new("acknowledge", 4, (m, c) => m.Fetch(c.Worker, 0, c.Id), (s, c) => s.FetchAsync(c.Worker, 0, c.Id)) { Suits = IsHeld },
        new("retry", 4, (m, c) => m.Retry(c.Worker, c.Id), (s, c) => s.RetryAsync(c.Worker, c.Id)) { Suits = IsHeld },
        new("postpone", 2, (m, c) => m.Postpone(c.Worker, c.Id), (s, c) => s.PostponeAsync(c.Worker, c.Id)) { Suits = IsHeld },
        new("bury", 5, (m, c) => m.Bury(c.Worker, c.Id), (s, c) => s.BuryAsync(c.Worker, c.Id)) { Suits = IsHeld },
        new("release", 4, (m, c) => m.Release(c.Worker, c.Id), (s, c) => s.ReleaseAsync(c.Worker, c.Id)) { Suits = IsHeld },
        new("park", 4, (m, c) => m.Park(c.Worker, c.Id, c.Kind), (s, c) => s.ParkAsync(c.Worker, c.Id, c.Kind)) { Suits = IsHeld },
        new("unpark", 2, (m, c) => m.Unpark(c.Kind), (s, c) => s.UnparkAsync(c.Kind)),
        new("take lease", 8, (m, c) => m.Take(c.Worker), (s, c) => s.TakeAsync(c.Worker)),
        new("renew lease", 2, (m, c) => m.Renew(c.Worker, c.IsOdd), (s, c) => s.RenewAsync(c.Worker, c.IsOdd)),
        new("leave", 1, (m, c) => m.Leave(c.Worker), (s, c) => s.LeaveAsync(c.Worker)),
        new("die", 5, (m, c) => m.Die(c.Worker), (s, c) => s.DieAsync(c.Worker)),
        new("promote", 6, (m, _) => m.Promote(), (s, _) => s.PromoteAsync()),
        new("cancel", 6, (m, c) => m.Cancel(c.Id), (s, c) => s.CancelAsync(c.Id)) { Suits = IsSomewhere },
        new("pass deadline", 4, (m, c) => m.PassDeadline(c.Id), (s, c) => s.PassDeadlineAsync(c.Id)) { Suits = Expires },
        new("pass hold", 1, (m, c) => m.PassHold(c.Key), (s, c) => s.PassHoldAsync(c.Key)),
        new("see key", 1, (m, c) => m.SeeKey(c.Key), (s, c) => s.SeeKeyAsync(c.Key)),
        new("release key", 1, (m, c) => m.ReleaseKey(c.Key), (s, c) => s.ReleaseKeyAsync(c.Key)),
        new("retry dead", 2, (m, c) => m.RetryDead(c.Id), (s, c) => s.RetryDeadAsync(c.Id)) { Suits = IsDead },
        new("retry all dead", 1, (m, _) => m.RetryDead(null), (s, _) => s.RetryDeadAsync(null)),
        new("purge dead", 1, (m, c) => m.PurgeDead(c.IsOdd ? c.Id : null), (s, c) => s.PurgeDeadAsync(c.IsOdd ? c.Id : null)) { Suits = IsDead },
        new("purge", 1, (m, c) => m.Purge(c.State), (s, c) => s.PurgeAsync(c.State)),
        new("limit type", 3, (m, c) => m.LimitType(c.IsOdd), (s, c) => s.LimitTypeAsync(c.IsOdd)),
        new("limit queue", 1, (m, c) => m.LimitQueue(c.IsOdd), (s, c) => s.LimitQueueAsync(c.IsOdd)),
        new("pass time", 4, (m, _) => m.PassTime(), (s, _) => s.PassTimeAsync()),
        new("pause", 1, (m, _) => m.Pause(true), (s, _) => s.PauseAsync(true)),
        new("resume", 4, (m, _) => m.Pause(false), (s, _) => s.PauseAsync(false)),
        new("find", 2, (m, c) => m.Find(c.Id), (s, c) => s.FindAsync(c.Id)) { Suits = IsSomewhere },
        new("count", 1, (m, _) => m.Count(), (s, _) => s.CountAsync()),
    ];

    /// <summary>The same, and one that puts a hostile message somewhere. The limit of the whole queue counts hostile messages, too, and is left out.</summary>
    public static IReadOnlyList<QueueVerb> WithHostile { get; } =
    [
        .. All.Where(verb => verb.Name != "limit queue"),
        new("let in", 40, (_, _) => "", (s, c) => s.LetInAsync(c)) { IsHostile = true },
    ];

    /// <summary>Whether it brings a hostile message.</summary>
    public bool IsHostile { get; init; }

    public bool TakesRules { get; init; }

    /// <summary>Which tasks it can be done to; others are a miss.</summary>
    public Func<ModelTask, bool> Suits { get; init; } = _ => false;

    private static bool IsHeld(ModelTask task) => task.Holder is not null;

    private static bool IsDead(ModelTask task) => task.Place == ModelTask.Dead;

    private static bool IsSomewhere(ModelTask task) => !task.IsGone;

    private static bool Expires(ModelTask task) => task.Rules.Expires && !task.IsGone;
}
