namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What a worker gets, and what it has finished.</summary>
internal sealed partial class QueueModel
{
    public string Fetch(string worker, int want, string? acknowledge)
    {
        if (!workers.Contains(worker))
        {
            return "lost";
        }

        var (expired, cancelled) = (Ended("expired"), Ended("cancelled"));
        var finished = acknowledge is null ? null : HeldBy(worker, acknowledge);
        if (finished is not null)
        {
            Finish(finished, marks.Remove(finished.Id) ? "cancelled" : "succeeded", worker);
        }

        var most = queueLimited ? Math.Min(want, StartsLeft(QueueBucket)) : want;
        var fetched = new List<ModelTask>();
        var others = 0;
        while (!paused && fetched.Count + others < most && TakeReady(most - fetched.Count - others) is { Taken: > 0 } some)
        {
            others += some.Others;
            fetched.AddRange(some.Tasks.Where(task => MayStart(task, worker)));
        }

        starts[QueueBucket] += queueLimited ? fetched.Count : 0;
        woke |= !paused && !queueLimited && want > 0 && fetched.Count + others == want && tasks.Values.Any(t => t.IsReady);
        return Line(
            $"acknowledged {(finished is null ? 0 : 1)}, expired {Ended("expired") - expired}, cancelled {Ended("cancelled") - cancelled}, fetched {string.Join(' ', fetched.Select(t => t.Id))}");
    }

    /// <summary>So many tasks of the highest priority that there is.</summary>
    /// <returns>The tasks; how many messages were taken in all; and how many that are no tasks of the model were handed out.</returns>
    private (List<ModelTask> Tasks, int Taken, int Others) TakeReady(int most)
    {
        if (Among is { } among)
        {
            var ids = among.Take(most, priority => [.. In(ModelTask.Ready(priority)).Select(t => t.Id)]);
            List<ModelTask> found = [.. ids.Where(tasks.ContainsKey).Select(id => tasks[id])];
            found.ForEach(task => task.Place = ModelTask.Gone);
            return (found, ids.Count, ids.Count(among.TakesRoom));
        }

        var first = tasks.Values.Where(t => t.IsReady).MaxBy(t => t.Priority);
        List<ModelTask> some = first is null ? [] : [.. In(first.Place).Take(most)];
        some.ForEach(task => task.Place = ModelTask.Gone);
        return (some, some.Count, 0);
    }

    /// <summary>Whether a worker holds a task now. If not it has ended, or is parked.</summary>
    private bool MayStart(ModelTask task, string worker)
    {
        if (marks.Remove(task.Id))
        {
            Finish(task, "cancelled", worker);
            return false;
        }

        if (task.IsOverdue)
        {
            Finish(task, "expired", worker);
            return false;
        }

        if (!task.IsCounted && ParkByRate(task))
        {
            FreeSlot(task);
            return false;
        }

        if (!TakeSlot(task))
        {
            return false;
        }

        CountStart(task);
        task.HoldsKey &= !task.Rules.UntilStart;
        (task.Place, task.Position) = (ModelTask.Held(worker), 0);
        return true;
    }
}
