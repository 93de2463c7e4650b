namespace TaskRunner.FaultTests.Model.Flows;

/// <summary>
/// What a flow is meant to do: a group of three members, one of them a chain of two steps, then a body and what follows it, and an error step. Here: its
/// tasks, each of which is enqueued once or never.
/// </summary>
internal sealed partial class FlowModel
{
    private const string Orphaned = "orphaned";

    private readonly SortedDictionary<string, string> places = new(StringComparer.Ordinal);
    private readonly SortedSet<string> workers = ["w0", "w1"];
    private readonly SortedSet<string> marks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<(string Task, string End)>> outboxes = new(StringComparer.Ordinal) { [Orphaned] = [], ["w0"] = [], ["w1"] = [] };

    /// <summary>Where each task is that was enqueued; nowhere when it has ended.</summary>
    public IReadOnlyDictionary<string, string> Places => places;

    /// <summary>Tasks with results that nobody relayed yet, and whose they are.</summary>
    public IEnumerable<(string Task, string Worker)> Results => workers.SelectMany(worker => outboxes[worker].Select(result => (result.Task, worker)));

    /// <summary>The complete state, a line for each place.</summary>
    public IEnumerable<string> State() =>
    [
        .. places.Where(p => p.Value.Length > 0).GroupBy(p => p.Value, StringComparer.Ordinal).Select(place => $"{place.Key}: {string.Join(' ', place.Select(p => p.Key))}"),
        .. outboxes.Where(box => box.Value.Count > 0).Select(box => $"outbox {box.Key}: {string.Join(' ', box.Value.Select(r => $"{r.Task}={r.End}").Order(StringComparer.Ordinal))}"),
        $"workers: {string.Join(' ', workers)}",
        $"marks: {string.Join(' ', marks)}",
        Group(),
    ];

    public string Take(string worker)
    {
        workers.Add(worker);
        Move(Orphaned, worker);
        return "";
    }

    /// <summary>The worker dies, and another one takes back what it held.</summary>
    public string Die(string worker)
    {
        if (workers.Remove(worker))
        {
            In($"held {worker}").ForEach(task => places[task] = "ready");
            Move(worker, Orphaned);
        }

        return "";
    }

    public string Fetch(string worker)
    {
        var fetched = workers.Contains(worker) ? In("ready") : [];
        foreach (var task in fetched)
        {
            places[task] = $"held {worker}";
            if (marks.Remove(task))
            {
                End(task, "cancelled");
            }
        }

        return string.Join(' ', fetched.Where(task => places[task].Length > 0));
    }

    public string Succeed(string task)
    {
        if (IsHeld(task))
        {
            End(task, marks.Remove(task) ? "cancelled" : "succeeded");
        }

        return "";
    }

    public string GiveUp(string task)
    {
        if (!IsHeld(task))
        {
            return "";
        }

        var cancelled = marks.Remove(task);
        End(task, cancelled ? "cancelled" : "dead");
        places[task] = cancelled ? "" : "dead";
        return "";
    }

    public string RetryDead(string task)
    {
        if (places.GetValueOrDefault(task) != "dead")
        {
            return "moved 0";
        }

        places[task] = "ready";
        return "moved 1";
    }

    public string Cancel(string task)
    {
        marks.Add(task);
        return IsHeld(task) ? "Running" : "Marked";
    }

    private bool IsHeld(string task) => places.GetValueOrDefault(task, "").StartsWith("held ", StringComparison.Ordinal);

    private List<string> In(string place) => [.. places.Where(p => p.Value == place).Select(p => p.Key)];

    private void Enqueue(string task) => places.TryAdd(task, "ready");

    private void End(string task, string end)
    {
        outboxes[places[task]["held ".Length..]].Add((task, end));
        places[task] = "";
    }

    private void Move(string from, string to)
    {
        outboxes[to].AddRange(outboxes[from]);
        outboxes[from].Clear();
    }
}
