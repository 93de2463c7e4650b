using System.Globalization;

namespace TaskRunner.FaultTests.Model;

/// <summary>What a queue is meant to do, in the simplest form that can be written.</summary>
internal sealed class QueueModel
{
    private const int MaxRedeliveries = 3;

    private readonly List<string>[] ready = [.. Enumerable.Range(0, 10).Select(_ => new List<string>())];
    private readonly SortedSet<string> delayed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> held = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Priority, int Redeliveries)> tasks = new(StringComparer.Ordinal);
    private readonly HashSet<string> remembered = new(StringComparer.Ordinal);
    private int dead;
    private bool paused;

    public string Enqueue(string id, int priority, bool later)
    {
        if (!remembered.Add(id))
        {
            return "duplicate";
        }

        tasks[id] = (priority, 0);
        if (later)
        {
            delayed.Add(id);
        }
        else
        {
            ready[priority].Add(id);
        }

        return "accepted";
    }

    public void Take(string worker) => held.TryAdd(worker, new SortedSet<string>(StringComparer.Ordinal));

    public string Fetch(string worker, int want, string? acknowledge)
    {
        if (!held.TryGetValue(worker, out var mine))
        {
            return "lost";
        }

        var acknowledged = acknowledge is not null && mine.Remove(acknowledge) ? 1 : 0;
        var fetched = new List<string>();
        for (var priority = 9; priority >= 0 && !paused; priority--)
        {
            var some = ready[priority].Take(want - fetched.Count).ToList();
            ready[priority].RemoveRange(0, some.Count);
            fetched.AddRange(some);
        }

        mine.UnionWith(fetched);
        return string.Create(CultureInfo.InvariantCulture, $"acknowledged {acknowledged}, fetched {string.Join(' ', fetched)}");
    }

    public void Retry(string worker, string id)
    {
        if (Gives(worker, id))
        {
            delayed.Add(id);
        }
    }

    public void Bury(string worker, string id)
    {
        if (Gives(worker, id))
        {
            dead++;
        }
    }

    public void Release(string worker, string id)
    {
        if (Gives(worker, id))
        {
            ready[tasks[id].Priority].Insert(0, id);
        }
    }

    public string Leave(string worker)
    {
        var count = held.TryGetValue(worker, out var mine) ? mine.Count : 0;
        PutBack(worker, (_, redeliveries) => redeliveries);
        return string.Create(CultureInfo.InvariantCulture, $"put back {count}");
    }

    /// <summary>The lease runs out and another worker takes back what it covered.</summary>
    public string Die(string worker)
    {
        if (!held.TryGetValue(worker, out var mine))
        {
            return "nobody";
        }

        var (before, count) = (dead, mine.Count);
        PutBack(worker, (_, redeliveries) => redeliveries + 1);
        return string.Create(CultureInfo.InvariantCulture, $"recovered {count - (dead - before)}, buried {dead - before}");
    }

    /// <summary>All that is delayed becomes due and is moved.</summary>
    public string Promote()
    {
        var count = delayed.Count;
        foreach (var id in delayed)
        {
            ready[tasks[id].Priority].Add(id);
        }

        delayed.Clear();
        return string.Create(CultureInfo.InvariantCulture, $"promoted {count}");
    }

    public void Pause(bool on) => paused = on;

    public string Count() => string.Create(
        CultureInfo.InvariantCulture, $"waiting {ready.Sum(r => r.Count)}, delayed {delayed.Count}, running {held.Values.Sum(h => h.Count)}, dead {dead}, paused {paused}");

    private bool Gives(string worker, string id) => held.TryGetValue(worker, out var mine) && mine.Remove(id);

    private void PutBack(string worker, Func<string, int, int> count)
    {
        if (!held.Remove(worker, out var mine))
        {
            return;
        }

        foreach (var id in mine.Reverse())
        {
            var (priority, redeliveries) = tasks[id];
            tasks[id] = (priority, count(id, redeliveries));
            if (tasks[id].Redeliveries > MaxRedeliveries)
            {
                dead++;
            }
            else
            {
                ready[priority].Insert(0, id);
            }
        }
    }
}
