using System.Collections.Concurrent;
using ChartTests.Mutation;

namespace ChartMutants;

/// <summary>Judges mutants, as many at a time as there are processors.</summary>
internal sealed class Court(Baseline baseline)
{
    /// <summary>Judges mutants from the front of the list until <paramref name="sample"/> of them could be read by helm.</summary>
    public IReadOnlyList<Verdict> Judge(IReadOnlyList<Mutant> mutants, int sample)
    {
        var verdicts = new ConcurrentQueue<Verdict>();
        var next = 0;
        var counted = 0;
        var judges = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref counted) < sample && Interlocked.Increment(ref next) is var index && index <= mutants.Count)
            {
                var verdict = new Trial(baseline, mutants[index - 1]).Hold();
                verdicts.Enqueue(verdict);
                var number = verdict.IsTemplate ? Interlocked.Increment(ref counted) : Volatile.Read(ref counted);
                Console.WriteLine($"{number,4} {(verdict.Lives ? "LIVES " : verdict.IsTemplate ? "killed" : "void  ")} {verdict.Mutant.Id}{(verdict.Killer is null ? "" : $"  [{verdict.Killer}]")}");
            }
        })).ToList();
        judges.ForEach(judge => judge.Start());
        judges.ForEach(judge => judge.Join());
        return [.. verdicts];
    }
}
