using System.Globalization;
using ChartTests.Generated;
using ChartTests.Rendering;
using ChartThousand;

// chart-thousand [COUNT [SEED]]; tools/with-api-server gives the API server.
var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1000;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : GeneratedValues.Seed;
var address = Environment.GetEnvironmentVariable("TASKRUNNER_API")
    ?? throw new InvalidOperationException("There is no API server: run `make chart-thousand`.");
var report = new Report();

var sets = GeneratedValues.Make(seed, count);
var byHelm = HelmVersions.All.ToDictionary(version => version, version =>
{
    var outcomes = HelmOutcomes.Of(version, [.. sets.Select(set => set.Request())]);
    var kinds = outcomes.CountBy(outcome => outcome.Kind).Select(pair => $"{pair.Value} {pair.Key}");
    report.Say($"Helm {version}: {string.Join(", ", kinds)}");
    return outcomes;
});
report.Take("Broken templates", Findings.Broken(sets, byHelm[HelmVersions.Oldest]));
report.Take("Differences between Helms", Findings.Different(sets, byHelm));
report.Take("Objects that the schemas refuse", Findings.AgainstSchemas(sets, byHelm[HelmVersions.Oldest]));

using var server = new ApiServer(new Uri(address));
foreach (var definition in CustomKinds.Definitions(Repository.Root))
{
    await server.DefineAsync(definition);
}

var kubernetes = await server.VersionAsync();
var judge = new Judge(server, kubernetes);
var judged = HelmOutcomes.Of(HelmVersions.Oldest, [.. sets.Select(set => set.Request(kubernetes))]);
report.Take($"Objects that the API server {kubernetes} refuses", await judge.RefusalsAsync(sets, judged));
report.Say($"{judge.Asked} different objects were judged, {judge.TooNew} sets want a newer Kubernetes");
report.Take("Cases that change when they are applied twice", await new AppliedTwice(server).FindAsync(kubernetes));
report.Say($"{sets.Count} sets with seed {seed}: {report.Found} findings");
return report.Found == 0 ? 0 : 1;
