using System.Globalization;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What a queue is meant to do, in the simplest form that can be written. Here: where its tasks are.</summary>
/// <param name="maxDead">So many dead tasks are kept.</param>
internal sealed partial class QueueModel(int maxDead = QueueModel.MaxDead)
{
    /// <summary>So many dead workers a task survives.</summary>
    public const int MaxRedeliveries = 1;

    /// <summary>So many dead tasks are kept, unless hostile messages die among them.</summary>
    public const int MaxDead = 3;

    /// <summary>Workers with a lease at the start.</summary>
    public static readonly IReadOnlyList<string> FirstWorkers = ["w0", "w1"];

    private readonly Dictionary<string, ModelTask> tasks = new(StringComparer.Ordinal);
    private readonly SortedSet<string> workers = [.. FirstWorkers];
    private readonly SortedSet<string> marks = new(StringComparer.Ordinal);
    private bool paused;
    private long turn;

    /// <summary>Whether something became ready since this was last asked.</summary>
    private bool woke;

    /// <summary>What is ready beside the tasks of the model before a fetch; null where there is nothing else.</summary>
    public ReadyAmong? Among { get; set; }

    public IEnumerable<ModelTask> Tasks => tasks.Values;

    /// <summary>Whether something starts by itself as time passes.</summary>
    public bool IsSomethingDue => In(ModelTask.Delayed).Count > 0 || tasks.Values.Any(t => rateBuckets.Keys.Any(bucket => t.Place == ModelTask.Parked(bucket)));

    /// <summary>Whether a worker that sleeps must have been woken: something became ready since this was last asked, and nobody has fetched it yet.</summary>
    public bool TakeWoke() => (woke && tasks.Values.Any(t => t.IsReady), woke = false).Item1;

    /// <summary>The complete state, a line for each place.</summary>
    public IEnumerable<string> State()
    {
        var places = tasks.Values.Where(t => !t.IsGone).GroupBy(t => t.Place, StringComparer.Ordinal)
            .Select(place => $"{place.Key}: {string.Join(' ', In(place.Key).Select(t => t.Place == ModelTask.Dead ? $"{t}/{t.DeadReason}" : t.ToString()))}");
        var outboxes = results.Where(box => box.Value.Count > 0).Select(box => $"results {box.Key}: {string.Join(' ', box.Value.Order(StringComparer.Ordinal))}");
        var keys = tasks.Values.Where(t => t.HoldsKey).Select(t => $"unique {t.Rules.UniqueKey}: {t.Id}");
        var slots = tasks.Values.Where(t => t.HasSlot).CountBy(t => t.Rules.ConcurrencyKey!, StringComparer.Ordinal).Select(key => Line($"slots {key.Key}: {key.Value}"));
        var kinds = tasks.Values.Where(t => t.Place.StartsWith("parked n:", StringComparison.Ordinal)).CountBy(t => t.Place["parked n:".Length..], StringComparer.Ordinal).Select(kind => Line($"kind {kind.Key}: {kind.Value}"));
        return
        [
            .. places, .. outboxes, .. keys, .. slots, .. kinds,
            $"workers: {string.Join(' ', workers)}",
            $"remembered: {string.Join(' ', tasks.Keys.Order(StringComparer.Ordinal))}",
            $"marks: {string.Join(' ', marks)}",
            Line($"paused {paused}, expired {Ended("expired")}, cancelled {Ended("cancelled")}, limits {(typeLimited ? "type " : "")}{(queueLimited ? "queue" : "")}"),
        ];
    }

    public string Count() => Line(
        $"waiting {tasks.Values.Count(t => t.IsReady)}, delayed {In(ModelTask.Delayed).Count}, running {tasks.Values.Count(t => t.Holder is not null)}, dead {In(ModelTask.Dead).Count}, workers {workers.Count}, paused {paused}, parked {tasks.Values.Count(t => t.IsParked)}, expired {Ended("expired")}, cancelled {Ended("cancelled")}");

    public string Find(string id)
    {
        var task = tasks.GetValueOrDefault(id);
        var state = task switch
        {
            { IsReady: true } => "waiting",
            { IsParked: true } => "parked",
            { Holder: { } holder } => $"running on {holder}",
            { IsGone: false } => task.Place,
            _ => "unknown",
        };
        return state == "unknown" ? state : Line($"{state}, attempts {task!.Attempt + (task.Holder is not null || task.Place == ModelTask.Dead ? 1 : 0)}, redeliveries {task.Redeliveries}");
    }

    public string Pause(bool on)
    {
        var was = paused;
        paused = on;
        return on ? "" : Line($"was paused {was}");
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private int Ended(string end) => tasks.Values.Count(t => t.End == end);

    /// <summary>The tasks of a place in their order.</summary>
    private List<ModelTask> In(string place) => [.. tasks.Values.Where(t => t.Place == place).OrderBy(t => t.Position).ThenBy(t => t.Id, StringComparer.Ordinal)];

    private ModelTask? HeldBy(string worker, string id) => tasks.GetValueOrDefault(id) is { } task && task.Holder == worker ? task : null;

    private void ToTail(ModelTask task) => ToReady(task, ++turn);

    private void ToHead(ModelTask task) => ToReady(task, -++turn);

    private void ToReady(ModelTask task, long position)
    {
        (task.Place, task.Position) = (ModelTask.Ready(task.Priority), position);
        woke = true;
    }

    private static void Delay(ModelTask task) => (task.Place, task.Position) = (ModelTask.Delayed, 0);

    /// <summary>Parked tasks of a bucket are in the order of priority, then of age.</summary>
    private void Park(ModelTask task, string bucket)
    {
        (task.Place, task.Position) = (ModelTask.Parked(bucket), ((9 - task.Priority) * 1_000_000) + ++turn);
        task.IsCounted = false;
    }
}
