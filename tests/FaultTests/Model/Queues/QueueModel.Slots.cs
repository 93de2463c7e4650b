namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>How many tasks with one concurrency key may run.</summary>
internal sealed partial class QueueModel
{
    /// <summary>Takes a slot, or parks the task.</summary>
    private bool TakeSlot(ModelTask task)
    {
        if (task.Rules.ConcurrencyKey is not { } key || task.HasSlot)
        {
            return true;
        }

        if (Taken(key) >= task.Rules.Limit)
        {
            var counted = task.IsCounted;
            Park(task, Bucket(key));
            task.IsCounted = counted;
            return false;
        }

        return task.HasSlot = true;
    }

    /// <summary>Gives a slot back; the next ones that wait for it have it at once.</summary>
    private void FreeSlot(ModelTask task)
    {
        if (!task.HasSlot)
        {
            return;
        }

        task.HasSlot = false;
        var key = task.Rules.ConcurrencyKey!;
        while (FirstParked(Bucket(key)) is { } next && Taken(key) < next.Rules.Limit)
        {
            next.HasSlot = true;
            ToHead(next);
        }
    }

    private static string Bucket(string concurrencyKey) => "c:" + concurrencyKey;

    private int Taken(string key) => tasks.Values.Count(t => t.HasSlot && t.Rules.ConcurrencyKey == key);

    private ModelTask? FirstParked(string bucket) => In(ModelTask.Parked(bucket)).FirstOrDefault();
}
