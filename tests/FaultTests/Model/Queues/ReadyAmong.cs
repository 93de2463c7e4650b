namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>
/// The ready lists as they were before a fetch, with the hostile messages among the tasks of the model, and which of those the server handed out: they take
/// room that tasks then do not have. Where a hostile message goes is not predicted; what becomes of all others is, exactly.
/// </summary>
/// <param name="lists">By priority: ids of tasks, and of hostile messages.</param>
/// <param name="handedOut">Hostile messages that the fetch brought.</param>
internal sealed class ReadyAmong(IReadOnlyDictionary<int, List<string>> lists, IReadOnlyCollection<string> handedOut)
{
    /// <summary>Whether a hostile message was handed out, and so took the place of a task.</summary>
    public bool TakesRoom(string id) => handedOut.Contains(id);

    /// <summary>Takes what a fetch takes from the first list that has something.</summary>
    /// <param name="most">How many.</param>
    /// <param name="ready">Tasks that are ready, in their order, by priority. Those that were not here before came to the head of their list.</param>
    /// <returns>Ids in their order; none when all lists are empty.</returns>
    public IReadOnlyList<string> Take(int most, Func<int, IReadOnlyList<string>> ready)
    {
        for (var priority = 9; priority >= 0; priority--)
        {
            var (known, now) = (lists.GetValueOrDefault(priority) ?? [], ready(priority));
            List<string> all = [.. now.Except(known, StringComparer.Ordinal), .. known.Where(id => IsHostile(id) || now.Contains(id, StringComparer.Ordinal))];
            if (all.Count > 0)
            {
                List<string> taken = [.. all.Take(most)];
                known.RemoveAll(taken.Contains);
                return taken;
            }
        }

        return [];
    }

    /// <summary>Whether an id is of no task of the model.</summary>
    public static bool IsHostile(string id) => !id.StartsWith("000000000000000000000000", StringComparison.Ordinal) || id.Length != 32;
}
