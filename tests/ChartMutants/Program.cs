using ChartMutants;
using ChartTests.Rendering;

// chart-mutants [--sample N] [--seed N] [--file PART]
var options = RunOptions.Parse(args);
// Judged by all of what the tests try, not by the part that a day draws.
Environment.SetEnvironmentVariable("TASKRUNNER_TEST_LONG", "chart");
var catalog = TestCatalog.Read();
Console.WriteLine($"{catalog.Count} tests of the chart; running them as they are");
var baseline = Baseline.Run(catalog);
if (baseline.Failures.Count > 0)
{
    Console.WriteLine($"They must pass before a mutant can be judged:\n{string.Join('\n', baseline.Failures.Take(20))}");
    return 1;
}

var mutants = MutantSource.Read(Repository.Chart).Where(mutant => mutant.File.Contains(options.File, StringComparison.Ordinal)).ToList();
Console.WriteLine($"{baseline.Renders} sets of values; {mutants.Count} mutants, {Math.Min(options.Sample, mutants.Count)} of them sampled with seed {options.Seed}");
var verdicts = new Court(baseline).Judge(options.Shuffled(mutants), options.Sample);
return new Report(verdicts, options).Write();
