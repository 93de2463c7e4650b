using System.Globalization;
using System.Text;
using TaskRunner.FaultWorker.Hostile;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>What a fault did to a queue, told from its state right after the fault and from the one after a healthy worker has worked everything off.</summary>
internal static class Verdict
{
    private const int MostNames = 5;

    /// <summary>What is wrong; nothing when all is well.</summary>
    /// <param name="scene">What was there before.</param>
    /// <param name="scriptCase">The call.</param>
    /// <param name="isRepeated">Whether its caller made it again, without a fault.</param>
    /// <param name="fault">The state after the fault.</param>
    /// <param name="healer">The worker that worked everything off.</param>
    /// <param name="end">The state after that.</param>
    public static IEnumerable<string> Of(Scene scene, ScriptCase scriptCase, bool isRepeated, Snapshot fault, Healer healer, Snapshot end)
    {
        var keys = scene.Keys;
        var (before, broken, after) = (Places.Of(scene.Start, keys), Places.Of(fault, keys), Places.Of(end, keys));
        var lost = new List<string>();
        foreach (var (name, id) in scene.Ids)
        {
            var wasThere = before.OfTask(id).Count > 0;
            if (!wasThere && !(isRepeated && scriptCase.Brings.Contains(name)) && before.ResultsOf(id) == 0)
            {
                continue;
            }

            var times = healer.HandedOut.GetValueOrDefault(id);
            var isDead = after.OfTask(id).Contains("dead");
            var places = broken.OfTask(id);
            if (times == 0 && !isDead && after.ResultsOf(id) == 0 && !scriptCase.MayBeGone(name))
            {
                lost.Add($"{name} ({(places.Count == 0 ? "nowhere" : string.Join(" and ", places))})");
            }
            else if (times > (scene.Doubled.Contains(name) ? 3 : 2))
            {
                yield return $"handed out {times} times: {name}";
            }
            else if (wasThere && before.ResultsOf(id) > 0 && after.ResultsOf(id) == 0)
            {
                yield return $"its result is lost: {name}";
            }
        }

        if (lost.Count > 0)
        {
            var more = lost.Count > MostNames ? string.Create(CultureInfo.InvariantCulture, $" and {lost.Count - MostNames} more") : "";
            yield return $"lost (and where it was after the fault): {string.Join(", ", lost.Take(MostNames))}{more}";
        }

        if (after.ResultsOf(new string('e', 32)) == 0)
        {
            yield return "lost: the result that a dead worker had left";
        }

        foreach (var mistake in OfHostile(scene.Hostile.Where(h => !scriptCase.HostileMayBeGone(h.Message, h.Place)), healer, after).Concat(Leaks(scene, end)).Concat(after.Mistakes))
        {
            yield return mistake;
        }

        if (isRepeated)
        {
            foreach (var mistake in scriptCase.After(scene, end))
            {
                yield return mistake;
            }
        }
    }

    /// <summary>Sound tasks that are in more than one place right after the fault: they will run twice.</summary>
    public static IEnumerable<string> Twice(Scene scene, Snapshot fault)
    {
        var broken = Places.Of(fault, scene.Keys);
        return scene.Ids.Where(id => !scene.Doubled.Contains(id.Key)).Select(id => (id.Key, Places: broken.OfTask(id.Value))).Where(task => task.Places.Count > 1)
            .Select(task => $"{task.Key} is {string.Join(" and ", task.Places)}");
    }

    private static IEnumerable<string> OfHostile(IEnumerable<(HostileMessage Message, string Place)> hostile, Healer healer, Places after)
    {
        foreach (var (message, place) in hostile)
        {
            if (!IsAccountedFor(message, healer, after))
            {
                yield return $"lost: hostile '{message.Name}', which was {place}";
            }
        }
    }

    private static bool IsAccountedFor(HostileMessage message, Healer healer, Places after) => message.Id is { } id
        ? healer.HandedOut.ContainsKey(id) || after.OfTask(id).Contains("dead") || after.ResultsOf(id) > 0
        : message.Bytes.Length == 0 || healer.HandedOut.ContainsKey(Encoding.Latin1.GetString(message.Bytes)) || after.HasRaw(Encoding.Latin1.GetString(message.Bytes));

    /// <summary>What is still taken although nobody has a task. The end of a unique key that nobody holds is no hold: the next task with that key takes it.</summary>
    private static IEnumerable<string> Leaks(Scene scene, Snapshot end)
    {
        var k = scene.Keys;
        string[] empty = [.. k.Ready, k.Delayed, k.Slots, k.Parked, k.ParkedByRate, k.ParkedByKind, k.Unique];
        foreach (var key in empty.Concat(end.Keys.Keys.Where(key => key.StartsWith(k.InFlight(""), StringComparison.Ordinal))))
        {
            if (end.Of(key).Items.Count > 0)
            {
                yield return $"left in {Places.Short(key)}: {Show(end.Of(key))}";
            }
        }
    }

    private static string Show(KeyContent content)
    {
        var text = string.Join(", ", content.Items.Select(item => item.Length > 60 ? item[..60] + "…" : item));
        return new string([.. text.Take(200).Select(c => char.IsControl(c) || c > 126 ? '?' : c)]);
    }
}
