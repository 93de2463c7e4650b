using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>Turns a wish of <c>control</c> into the plan to follow. Pure.</summary>
internal static class PlanChange
{
    /// <summary>The plan with what is wished for; <paramref name="objection"/> names what cannot be had, null when all can.</summary>
    public static WorkerPlan Apply(WorkerPlan plan, WorkerControl wish, out string? objection)
    {
        List<string> objections = [];
        if (wish.Concurrency is { } concurrency)
        {
            if (concurrency is >= 1 and <= WorkerPlan.HighestConcurrency)
            {
                plan = plan with { Concurrency = concurrency };
            }
            else
            {
                objections.Add($"A worker runs 1 to {WorkerPlan.HighestConcurrency} tasks at a time, not {concurrency}.");
            }
        }

        if (wish.Order is { } word)
        {
            if (QueueOrderName.Find(word) is { } order)
            {
                plan = plan with { Order = order };
            }
            else
            {
                objections.Add($"There is no order '{word}' across queues.");
            }
        }

        objection = objections.Count == 0 ? null : string.Join(' ', objections);
        return wish.Queues.Count == 0 ? plan : plan with { Queues = Change(plan.Queues, wish.Queues) };
    }

    /// <summary>Queues that stay keep their place, which is their rank in strict order; new ones go to the end, by name.</summary>
    private static List<QueueShare> Change(IReadOnlyList<QueueShare> queues, IReadOnlyDictionary<string, int> wished)
    {
        var kept = queues.Select(q => wished.TryGetValue(q.Name, out var weight) ? q with { Weight = weight } : q).Where(q => q.Weight > 0);
        var added = wished.Where(w => w.Value > 0 && !queues.Any(q => q.Name == w.Key)).OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => new QueueShare(w.Key, w.Value));
        return [.. kept, .. added];
    }
}
