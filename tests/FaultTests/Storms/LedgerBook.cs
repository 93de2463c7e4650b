using System.Diagnostics;
using System.Globalization;
using TaskRunner.FaultTests.Support;

namespace TaskRunner.FaultTests.Storms;

/// <summary>One run of a task; the end is unknown when its process died first.</summary>
internal sealed record Run(int Process, long Start, long? End);

/// <summary>The ledgers of all processes, read back and judged.</summary>
internal sealed class LedgerBook
{
    // A process that was thawed, or whose lease ran out, cancels what it runs at its next heartbeat.
    private static readonly TimeSpan Notice = TimeSpan.FromSeconds(3);

    private readonly HashSet<string> answered = [];
    private readonly Dictionary<string, List<Run>> runs = [];
    private readonly Dictionary<string, HashSet<string>> settlements = [];

    private LedgerBook()
    {
    }

    public int Answered => answered.Count;

    public int Settled => settlements.Count;

    /// <summary>Answered enqueues without a settlement.</summary>
    public IReadOnlyList<string> Lost => [.. answered.Where(id => !settlements.ContainsKey(id))];

    /// <summary>Tasks that were settled without having run.</summary>
    public IReadOnlyList<string> NeverRun => [.. settlements.Keys.Where(id => !runs.ContainsKey(id))];

    /// <summary>Tasks for which the broker took more than one final settlement.</summary>
    public IReadOnlyList<string> SettledTwice => [.. settlements.Where(s => s.Value.Count > 1).Select(s => s.Key)];

    /// <summary>Tasks that were given up because too many workers died with them.</summary>
    public int Buried => settlements.Values.Count(s => s.Any(detail => detail.StartsWith("Dead ", StringComparison.Ordinal)));

    public int Repeated => runs.Values.Count(r => r.Count > 1);

    public static LedgerBook Read(string folder)
    {
        var book = new LedgerBook();
        foreach (var file in Directory.EnumerateFiles(folder, "*.ledger"))
        {
            book.ReadProcess(int.Parse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture), file);
        }

        foreach (var list in book.runs.Values)
        {
            list.Sort((a, b) => a.Start.CompareTo(b.Start));
        }

        return book;
    }

    /// <summary>Tasks that began in one process while another one, awake and unaware, went on with them.</summary>
    public IReadOnlyList<string> HeldTwice(IReadOnlyDictionary<int, FaultProcess> processes) =>
        [.. runs.Where(r => r.Value.Index().Any(second => r.Value.Take(second.Index).Any(first => Overlaps(first, second.Item, processes[first.Process])))).Select(r => r.Key)];

    /// <summary>For each run that ended with its process, how often the task had lost one before, and how long it took until it ran again; the shortest first.</summary>
    public IReadOnlyList<(int Before, TimeSpan Took)> Recoveries(IReadOnlyDictionary<int, FaultProcess> processes)
    {
        var times = new List<(int Before, TimeSpan Took)>();
        foreach (var list in runs.Values)
        {
            for (var i = 0; i + 1 < list.Count; i++)
            {
                var died = processes[list[i].Process].DiedAt;
                if (list[i].End is null && died < list[i + 1].Start)
                {
                    times.Add((i, Stopwatch.GetElapsedTime(died, list[i + 1].Start)));
                }
            }
        }

        return [.. times.OrderBy(time => time.Took)];
    }

    private static bool Overlaps(Run first, Run second, FaultProcess process)
    {
        var goesOn = first.End is { } end ? end > second.Start + (long)(Notice.TotalSeconds * Stopwatch.Frequency) : process.DiedAt > second.Start;
        return goesOn && process.WasAwake(second.Start, Notice);
    }

    private void ReadProcess(int process, string file)
    {
        var open = new Dictionary<string, long>();
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ', 4);
            var (id, at) = (parts[1], long.Parse(parts[2], CultureInfo.InvariantCulture));
            switch (parts[0])
            {
                case "A":
                    answered.Add(id);
                    break;
                case "S":
                    open[id] = at;
                    break;
                case "E" when open.Remove(id, out var start):
                    RunsOf(id).Add(new Run(process, start, at));
                    break;
                case "R":
                    (settlements.TryGetValue(id, out var details) ? details : settlements[id] = []).Add(parts[3]);
                    break;
            }
        }

        foreach (var (id, start) in open)
        {
            RunsOf(id).Add(new Run(process, start, null));
        }
    }

    private List<Run> RunsOf(string id) => runs.TryGetValue(id, out var list) ? list : runs[id] = [];
}
