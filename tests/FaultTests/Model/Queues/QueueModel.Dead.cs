namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>The dead set.</summary>
internal sealed partial class QueueModel
{
    /// <summary>Puts one dead task, or all, back to the tails of their lists as if nothing had happened.</summary>
    public string RetryDead(string? id)
    {
        var moved = In(ModelTask.Dead).Where(t => id is null || t.Id == id).ToList();
        foreach (var task in moved)
        {
            (task.Attempt, task.Redeliveries) = (0, 0);
            ToTail(task);
        }

        return Line($"moved {moved.Count}");
    }

    public string PurgeDead(string? id)
    {
        var removed = In(ModelTask.Dead).Where(t => id is null || t.Id == id).ToList();
        removed.ForEach(task => task.Place = ModelTask.Gone);
        return Line($"removed {removed.Count}");
    }

    /// <param name="at">When. Those that die with one command die at the same time.</param>
    private void Die(ModelTask task, long at, string reason, string box)
    {
        (task.Place, task.Position, task.DeadReason, task.IsCounted) = (ModelTask.Dead, at, reason, false);
        results[box].Add(Result(task, "dead"));
        GiveBack(task);
    }

    private void TrimDead() => In(ModelTask.Dead).SkipLast(maxDead).ToList().ForEach(task => task.Place = ModelTask.Gone);
}
