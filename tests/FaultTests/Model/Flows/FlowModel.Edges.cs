using System.Globalization;

namespace TaskRunner.FaultTests.Model.Flows;

/// <summary>What follows what.</summary>
internal sealed partial class FlowModel
{
    /// <summary>What a failure enqueues: one task for the group, whatever number of its members fail, and one for each step outside of it.</summary>
    private static readonly Dictionary<string, string> Alerts =
        ((string[])["a", "b", "c", "d", "body", "after"]).ToDictionary(task => task, task => task.Length == 1 ? "alert" : $"{task}-alert", StringComparer.Ordinal);

    private static readonly Dictionary<string, string> Following = new(StringComparer.Ordinal) { ["b"] = "c", ["body"] = "after" };

    private static readonly Dictionary<string, int> Members = new(StringComparer.Ordinal) { ["a"] = 0, ["b"] = 1, ["c"] = 1, ["d"] = 2 };

    private readonly HashSet<int> succeeded = [];
    private readonly HashSet<int> failed = [];
    private bool started;
    private bool cancelled;
    private bool goesOn;

    /// <summary>All tasks that there can be.</summary>
    public static IReadOnlyList<string> Tasks { get; } = [.. Alerts.Keys, .. Alerts.Values.Distinct(StringComparer.Ordinal)];

    private int Failed => failed.Except(succeeded).Count();

    public string Start()
    {
        started = true;
        Enqueue("a");
        Enqueue("b");
        Enqueue("d");
        return "";
    }

    public string CancelGroup()
    {
        if (started)
        {
            cancelled = true;
            marks.UnionWith(((string[])["a", "b", "c", "d"]).Where(task => !succeeded.Contains(Members[task]) && !failed.Contains(Members[task])));
            if (!goesOn)
            {
                marks.Add("body");
            }
        }

        return "";
    }

    /// <summary>A worker applies what is in its outbox.</summary>
    public string Relay(string worker)
    {
        outboxes[worker].ForEach(Cross);
        outboxes[worker].Clear();
        return "";
    }

    /// <summary>The same with the results of one task, and its process dies before it forgets them.</summary>
    public string RelayAndDie(string worker, string task)
    {
        outboxes[worker].Where(result => result.Task == task).ToList().ForEach(Cross);
        return "";
    }

    /// <summary>The same, but its process dies when the group knows, and before anything follows.</summary>
    public string ReportAndDie(string worker, string task)
    {
        outboxes[worker].Where(result => result.Task == task && Members.ContainsKey(task)).ToList().ForEach(Report);
        return "";
    }

    private void Cross((string Task, string End) result)
    {
        var (task, end) = result;
        var isMember = Members.ContainsKey(task);
        var next = Following.GetValueOrDefault(task);
        if (end != "succeeded" || (next is not null && isMember && cancelled))
        {
            Fail(task);
        }
        else if (next is not null)
        {
            Enqueue(next);
        }
        else if (isMember)
        {
            Report(result);
            if (succeeded.Count == 3 && !cancelled)
            {
                Enqueue("body");
                goesOn = true;
            }
        }
    }

    private void Fail(string task)
    {
        if (Members.TryGetValue(task, out var member))
        {
            failed.Add(member);
        }

        // What was cancelled starts nothing more.
        if (Alerts.TryGetValue(task, out var alert) && !(cancelled && Members.ContainsKey(task)))
        {
            Enqueue(alert);
        }
    }

    /// <summary>A member has succeeded when its last step has.</summary>
    private void Report((string Task, string End) result)
    {
        if (result.End != "succeeded")
        {
            failed.Add(Members[result.Task]);
        }
        else if (!Following.ContainsKey(result.Task))
        {
            succeeded.Add(Members[result.Task]);
        }
    }

    private string Group()
    {
        var state = cancelled ? "cancelled" : succeeded.Count == 3 ? "succeeded" : Failed > 0 ? "failed" : "running";
        return started ? string.Create(CultureInfo.InvariantCulture, $"group: {state}, succeeded {succeeded.Count}, failed {Failed}, goes on {goesOn}") : "no group";
    }
}
