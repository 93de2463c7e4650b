namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>Enqueueing, and unique keys.</summary>
internal sealed partial class QueueModel
{
    public string Enqueue(string id, int priority, bool later, ModelRules rules)
    {
        if (tasks.ContainsKey(id))
        {
            return "Duplicate";
        }

        if (HolderOf(rules.UniqueKey) is { } holder)
        {
            if (!rules.Replaces)
            {
                return "UniqueKeyHeld";
            }

            holder.HoldsKey = false;
            EndOrMark(holder.Id);
        }

        var task = new ModelTask(id, priority, rules) { HoldsKey = rules.UniqueKey is not null };
        tasks.Add(id, task);
        if (later)
        {
            Delay(task);
        }
        else
        {
            ToTail(task);
        }

        return "Accepted";
    }

    public string SeeKey(string key) => HolderOf(key)?.Id ?? "nobody";

    public string ReleaseKey(string key)
    {
        var holder = HolderOf(key);
        holder?.HoldsKey = false;
        return holder?.Id ?? "nobody";
    }

    public string PassHold(string key)
    {
        ReleaseKey(key);
        return "";
    }

    private ModelTask? HolderOf(string? key) => tasks.Values.SingleOrDefault(t => t.HoldsKey && t.Rules.UniqueKey == key);
}
