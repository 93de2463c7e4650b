using System.Collections.Concurrent;
using ChartTests.Rendering;

namespace ChartMutants;

/// <summary>What the tests do with the chart as it is: which sets of values each of them has rendered or refused, and what they give.</summary>
internal sealed class Baseline
{
    private const string RefusedBySchema = "don't meet the specifications of the schema";

    private static readonly AsyncLocal<TestUse?> Current = new();

    private readonly ChartFolder folder;

    private Baseline(ChartFolder folder, IReadOnlyList<TestUse> uses, IReadOnlyList<string> failures)
    {
        this.folder = folder;
        Uses = uses;
        Failures = failures;
    }

    public string Chart => folder.Path;

    public IReadOnlyList<TestUse> Uses { get; }

    public IReadOnlyList<string> Failures { get; }

    public int Renders => Uses.SelectMany(use => use.Renders.Keys).Distinct().Count();

    public static Baseline Run(IReadOnlyList<TestCase> tests)
    {
        var folder = new ChartFolder(Repository.Chart)
        {
            Asked = request => Current.Value?.Renders.TryAdd(request, true),
            AskedForRefusal = request => Current.Value?.Refusals.TryAdd(request, true),
        };
        Repository.Use(folder);
        var uses = tests.Select(test => new TestUse(test)).ToList();
        var failures = new ConcurrentBag<string>();
        Parallel.ForEach(uses, new ParallelOptions { MaxDegreeOfParallelism = 24 }, use =>
        {
            Current.Value = use;
            if (use.Test.Run() is { } failure)
            {
                failures.Add($"{use.Test}: {failure}");
            }

            Current.Value = null;
        });
        return new(folder, uses, [.. failures]);
    }

    /// <summary>What a request gives; null when it is refused.</summary>
    public RenderedFiles? Outcome(RenderRequest request) => Outcome(folder, request);

    /// <inheritdoc cref="Outcome(RenderRequest)"/>
    public static RenderedFiles? Outcome(ChartFolder folder, RenderRequest request)
    {
        try
        {
            return folder.Files(request);
        }
        catch (HelmException)
        {
            return null;
        }
    }

    /// <summary>Whether the templates, and not the schema, refuse the values.</summary>
    public bool IsRefusedByTemplates(RenderRequest request) =>
        folder.Refusal(request)?.Contains(RefusedBySchema, StringComparison.Ordinal) != true;

    /// <summary>A test, and what it asked for.</summary>
    internal sealed record TestUse(TestCase Test)
    {
        public ConcurrentDictionary<RenderRequest, bool> Renders { get; } = new();

        public ConcurrentDictionary<RenderRequest, bool> Refusals { get; } = new();
    }
}
