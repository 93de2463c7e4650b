namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>How tasks end, and their results.</summary>
internal sealed partial class QueueModel
{
    /// <summary>Results that no worker has, until the next one takes or renews its lease.</summary>
    private const string Orphaned = "orphaned";

    private readonly Dictionary<string, List<string>> results = new string[] { Orphaned, "w0", "w1", "w2" }.ToDictionary(box => box, _ => new List<string>(), StringComparer.Ordinal);

    public string Cancel(string id) => EndOrMark(id) ? "Cancelled" : tasks.GetValueOrDefault(id)?.Holder is null ? "Marked" : "Running";

    /// <summary>Ends all that is waiting, delayed or parked. A task that gets a slot on the way is waiting then.</summary>
    public string Purge(string state)
    {
        var purged = 0;
        while (Some() is { Count: > 0 } some)
        {
            some.ForEach(task => Finish(task, "cancelled", Orphaned));
            purged += some.Count;
        }

        return Line($"purged {purged}");

        List<ModelTask> Some() => state == "waiting" ? TakeReady(int.MaxValue).Tasks : [.. tasks.Values.Where(t => state == "parked" ? t.IsParked : t.Place == ModelTask.Delayed)];
    }

    public string PassDeadline(string id)
    {
        if (tasks.GetValueOrDefault(id) is { Rules.Expires: true } task)
        {
            task.IsOverdue = true;
        }

        return "";
    }

    /// <summary>A delayed or parked task ends at once. Any other is marked: it ends when it is fetched or settled.</summary>
    private bool EndOrMark(string id)
    {
        if (tasks.GetValueOrDefault(id) is { } task && (task.IsParked || task.Place == ModelTask.Delayed))
        {
            Finish(task, "cancelled", Orphaned);
            return true;
        }

        marks.Add(id);
        return false;
    }

    /// <summary>The one end of a task that does not die: it gives back what it holds and leaves one result.</summary>
    private void Finish(ModelTask task, string end, string box)
    {
        (task.Place, task.End) = (ModelTask.Gone, end);
        results[box].Add(Result(task, end));
        GiveBack(task);
    }

    private void GiveBack(ModelTask task)
    {
        task.HoldsKey = false;
        FreeSlot(task);
    }

    private static string Result(ModelTask task, string end) => $"{task.Id}={end}";
}
