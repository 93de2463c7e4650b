namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>Leases of workers, and what they leave behind.</summary>
internal sealed partial class QueueModel
{
    public string Take(string worker)
    {
        workers.Add(worker);
        Adopt(worker);
        return "";
    }

    /// <summary>A heartbeat. It brings results to adopt, what was cancelled, and tasks of the type that the worker knows.</summary>
    public string Renew(string worker, bool knowsNewType)
    {
        if (!workers.Contains(worker))
        {
            return "lost";
        }

        var adopted = Adopt(worker);
        var cancelled = In(ModelTask.Held(worker)).Where(t => marks.Contains(t.Id)).Select(t => t.Id);
        if (knowsNewType)
        {
            Unpark(ModelKinds.NewType);
        }

        return Line($"adopted {adopted}, cancelled {string.Join(' ', cancelled)}");
    }

    public string Leave(string worker)
    {
        var left = workers.Remove(worker) ? In(ModelTask.Held(worker)) : [];
        left.Reverse();
        left.ForEach(ToHead);
        Orphan(worker);
        return Line($"put back {left.Count}");
    }

    /// <summary>The lease runs out, and another worker takes back what it covered.</summary>
    public string Die(string worker)
    {
        if (!workers.Remove(worker))
        {
            return "nobody";
        }

        var left = In(ModelTask.Held(worker));
        left.Reverse();
        var now = ++turn;
        foreach (var task in left)
        {
            task.Redeliveries++;
            if (task.Redeliveries <= MaxRedeliveries)
            {
                ToHead(task);
            }
            else if (marks.Remove(task.Id))
            {
                Finish(task, "cancelled", Orphaned);
            }
            else
            {
                Die(task, now, "crash-loop", Orphaned);
            }
        }

        var buried = left.Count(t => t.Place == ModelTask.Dead);
        TrimDead();
        Orphan(worker);
        return Line($"recovered {left.Count(t => t.IsReady)}, buried {buried}");
    }

    private int Adopt(string worker)
    {
        var adopted = results[Orphaned].Count;
        results[worker].AddRange(results[Orphaned]);
        results[Orphaned].Clear();
        return adopted;
    }

    private void Orphan(string worker)
    {
        results[Orphaned].AddRange(results[worker]);
        results[worker].Clear();
    }
}
