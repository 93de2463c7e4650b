namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What becomes of a task that a worker held and did not finish.</summary>
internal sealed partial class QueueModel
{
    /// <summary>It failed: an attempt is counted, and it runs again later.</summary>
    public string Retry(string worker, string id) => Settle(worker, id, task =>
    {
        task.Attempt++;
        results[worker].Add(Result(task, "retrying"));
        Interrupt(task);
        Delay(task);
    });

    /// <summary>It has to wait: no attempt is counted.</summary>
    public string Postpone(string worker, string id) => Settle(worker, id, task =>
    {
        Interrupt(task);
        Delay(task);
    });

    /// <summary>It goes to the head of its list with all that it holds.</summary>
    public string Release(string worker, string id) => Settle(worker, id, ToHead);

    public string Park(string worker, string id, string kind) => Settle(worker, id, task =>
    {
        Interrupt(task);
        Park(task, "n:" + kind);
    });

    public string Bury(string worker, string id) => Settle(worker, id, task =>
    {
        if (marks.Remove(id))
        {
            Finish(task, "cancelled", worker);
            return;
        }

        Die(task, ++turn, "failed", worker);
        TrimDead();
    });

    /// <summary>A worker comes that knows a kind.</summary>
    public string Unpark(string kind)
    {
        var freed = In(ModelTask.Parked("n:" + kind));
        freed.Reverse();
        freed.ForEach(ToHead);
        return Line($"unparked {freed.Count}");
    }

    private string Settle(string worker, string id, Action<ModelTask> settle)
    {
        if (!workers.Contains(worker))
        {
            return "-1";
        }

        if (HeldBy(worker, id) is not { } task)
        {
            return "0";
        }

        settle(task);
        return "1";
    }

    /// <summary>A task that will run again gives its slot back and keeps its unique key.</summary>
    private void Interrupt(ModelTask task)
    {
        (task.Place, task.IsCounted) = (ModelTask.Gone, false);
        FreeSlot(task);
    }
}
