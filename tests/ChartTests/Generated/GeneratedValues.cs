using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using ChartTests.Rendering;

namespace ChartTests.Generated;

/// <summary>One generated set: a case of the chart, and what was laid over it.</summary>
internal sealed record GeneratedSet(string Name, string Case, JsonObject Changes)
{
    public RenderRequest Request(string kubernetes = HelmVersions.Kubernetes) =>
        new(Changes.ToJsonString(), new RenderOptions(CiCase: Case, KubeVersion: kubernetes));

    /// <summary>What a person needs to see it again.</summary>
    public override string ToString() => $"{Name}: ci/{Case} with {Changes.ToJsonString()}";
}

/// <summary>Sets of values out of the schema; the same seed and number give the same set. Every key of the schema has its turn.</summary>
[SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "A test that can be repeated.")]
internal static class GeneratedValues
{
    /// <summary>Keys without which nothing is left to look at.</summary>
    private static readonly string[] Whole =
        ["worker", "redis", "postgresql", "beat", "migrate", "test", "config", "broker", "database", "metrics", "networkPolicy", "enabled"];

    private static readonly ValuesSchema Schema = ValuesSchema.Read();

    /// <summary>The seed of this run: TASKRUNNER_TEST_SEED, or 1.</summary>
    public static int Seed { get; } =
        int.Parse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_SEED") ?? "1", CultureInfo.InvariantCulture);

    public static IReadOnlyList<GeneratedSet> Make(int seed, int count)
    {
        var paths = Schema.Paths.Except(Whole).ToArray();
        new Random(seed).Shuffle(paths);
        return [.. Enumerable.Range(0, count).Select(index => Make(seed, index, paths))];
    }

    private static GeneratedSet Make(int seed, int index, string[] paths)
    {
        var random = new Random((seed * 1_000_003) + index);
        var maker = new ValueMaker(Schema, random);
        var changes = new JsonObject();
        var file = CiCases.Names[random.Next(CiCases.Names.Count)];
        // Half of the sets change one key, so that what is found has one reason; others two or three, which may be at odds.
        var wanted = new[] { paths[index % paths.Length] }.Concat(random.GetItems(paths, Math.Max(0, random.Next(-2, 3))));
        foreach (var path in wanted.Distinct())
        {
            if (maker.TryMake(Schema.At(path), path[(path.LastIndexOf('.') + 1)..], out var value))
            {
                Set(changes, path, value);
            }
        }

        return new($"seed {seed}, set {index}", file, changes);
    }

    private static void Set(JsonObject values, string path, JsonNode? value)
    {
        var steps = path.Split('.');
        foreach (var step in steps[..^1])
        {
            if (values[step] is not JsonObject)
            {
                values[step] = new JsonObject();
            }

            values = values[step]!.AsObject();
        }

        values[steps[^1]] = value?.DeepClone();
    }
}
