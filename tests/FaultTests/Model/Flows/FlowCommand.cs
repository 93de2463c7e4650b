namespace TaskRunner.FaultTests.Model.Flows;

/// <summary>One command to a flow: to a task of it, or to a worker.</summary>
internal sealed record FlowCommand(FlowVerb Verb, string Worker, string Task)
{
    private static readonly FlowVerb[] Hat = [.. FlowVerb.All.SelectMany(verb => Enumerable.Repeat(verb, verb.Share))];

    public static FlowCommand Draw(Random random) => new(Hat[random.Next(Hat.Length)], random.Next(2) == 0 ? "w0" : "w1", FlowModel.Tasks[random.Next(FlowModel.Tasks.Count)]);

    /// <summary>The same with the next task that suits the verb, and the worker that has it.</summary>
    public FlowCommand AimedAt(FlowModel model)
    {
        var suited = Verb.Suited(model).OrderBy(target => target.Task, StringComparer.Ordinal).ToList();
        var at = Math.Max(0, suited.FindIndex(target => string.CompareOrdinal(target.Task, Task) >= 0));
        return suited.Count == 0 ? this : this with { Task = suited[at].Task, Worker = suited[at].Worker ?? Worker };
    }

    public override string ToString() => $"{Verb.Name}: worker {Worker}, task {Task}";
}

/// <summary>What can be done to a flow.</summary>
/// <param name="Name">Its name in the report of a failure.</param>
/// <param name="Share">How often it is drawn.</param>
/// <param name="Ask">Does it to the model.</param>
/// <param name="AskAsync">Does it to the server.</param>
internal sealed record FlowVerb(string Name, int Share, Func<FlowModel, FlowCommand, string> Ask, Func<FlowOnServer, FlowCommand, Task<string>> AskAsync)
{
    public static IReadOnlyList<FlowVerb> All { get; } =
    [
        new("start", 5, (m, _) => m.Start(), (s, _) => s.StartAsync()),
        new("fetch", 12, (m, c) => m.Fetch(c.Worker), (s, c) => s.FetchAsync(c.Worker)),
        new("succeed", 30, (m, c) => m.Succeed(c.Task), (s, c) => s.SucceedAsync(c.Task)) { Suited = Held },
        new("give up", 6, (m, c) => m.GiveUp(c.Task), (s, c) => s.GiveUpAsync(c.Task)) { Suited = Held },
        new("retry dead", 8, (m, c) => m.RetryDead(c.Task), (s, c) => s.RetryDeadAsync(c.Task)) { Suited = Dead },
        new("relay", 10, (m, c) => m.Relay(c.Worker), (s, c) => s.RelayAsync(c.Worker)),
        new("relay and die", 5, (m, c) => m.RelayAndDie(c.Worker, c.Task), (s, c) => s.RelayAndDieAsync(c.Worker, c.Task)) { Suited = Settled },
        new("report and die", 5, (m, c) => m.ReportAndDie(c.Worker, c.Task), (s, c) => s.ReportAndDieAsync(c.Worker, c.Task)) { Suited = Settled },
        new("die", 2, (m, c) => m.Die(c.Worker), (s, c) => s.DieAsync(c.Worker)),
        new("take lease", 6, (m, c) => m.Take(c.Worker), (s, c) => s.TakeAsync(c.Worker)),
        new("cancel task", 1, (m, c) => m.Cancel(c.Task), (s, c) => s.CancelAsync(c.Task)),
        new("cancel group", 1, (m, _) => m.CancelGroup(), (s, _) => s.CancelGroupAsync()),
    ];
    /// <summary>Which tasks it can be done to, and the worker that has them; with others nothing happens.</summary>
    public Func<FlowModel, IEnumerable<(string Task, string? Worker)>> Suited { get; init; } = _ => [];

    private static IEnumerable<(string Task, string? Worker)> Held(FlowModel model) => In(model, "held ");

    private static IEnumerable<(string Task, string? Worker)> Dead(FlowModel model) => In(model, "dead");

    private static IEnumerable<(string Task, string? Worker)> Settled(FlowModel model) => model.Results.Select(result => (result.Task, (string?)result.Worker));

    private static IEnumerable<(string Task, string? Worker)> In(FlowModel model, string place) =>
        model.Places.Where(p => p.Value.StartsWith(place, StringComparison.Ordinal)).Select(p => (p.Key, (string?)null));
}
