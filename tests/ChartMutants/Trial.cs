using ChartTests.Mutation;
using ChartTests.Rendering;

namespace ChartMutants;

/// <summary>
/// Runs tests against a chart with one mutant until one fails. Only tests whose renders the mutant changes can fail by it, so sets of values
/// are rendered in rounds, those that most tests look at first, and after each round those tests run that have all they need.
/// </summary>
internal sealed class Trial(Baseline baseline, Mutant mutant)
{
    private const int FirstRound = 6;
    private const int LongestRound = 64;

    private readonly HashSet<RenderRequest> there = [];
    private readonly HashSet<RenderRequest> changed = [];
    private readonly HashSet<Baseline.TestUse> ran = [];

    public Verdict Hold()
    {
        var copy = MutantSource.Plant(baseline.Chart, mutant);
        var folder = new ChartFolder(copy) { TakesHints = false };
        Repository.Use(folder);
        try
        {
            return new Verdict(mutant, Killer(folder), IsTemplate: true, changed.Count);
        }
        catch (VoidMutantException)
        {
            return new Verdict(mutant, null, IsTemplate: false, 0);
        }
        finally
        {
            Repository.Use(null);
            folder.Delete();
        }
    }

    private string? Killer(ChartFolder folder)
    {
        // Mistakes are refused in a file of their own, which changes no render.
        var isGuard = mutant.File.Contains("_validate", StringComparison.Ordinal);
        foreach (var round in Rounds([.. Plan()]))
        {
            Render(folder, round);
            if (FirstFailure(Ready()) is { } killer)
            {
                return killer;
            }

            if (isGuard && FirstRefusalFailure(folder) is { } guard)
            {
                return guard;
            }
        }

        return FirstRefusalFailure(folder) ?? FirstFailure(baseline.Uses.Where(use => use.Renders.IsEmpty && use.Refusals.IsEmpty));
    }

    /// <summary>Sets of values in the order in which they are rendered.</summary>
    private IEnumerable<RenderRequest> Plan()
    {
        var component = mutant.File.Split('/')[0];
        return baseline.Uses
            .SelectMany(use => use.Renders.Keys.Select(request => (request, weight: Weight(use, component))))
            .GroupBy(pair => pair.request, pair => pair.weight)
            .OrderByDescending(group => group.Sum())
            .ThenBy(group => group.Key.Options.KubeVersion is not null)
            .Select(group => group.Key);
    }

    /// <summary>Short rounds first: most mutants are killed by the first one.</summary>
    private static IEnumerable<RenderRequest[]> Rounds(RenderRequest[] plan)
    {
        for (var (start, length) = (0, FirstRound); start < plan.Length; start += length, length = Math.Min(2 * length, LongestRound))
        {
            yield return plan[start..Math.Min(start + length, plan.Length)];
        }
    }

    private static int Weight(Baseline.TestUse use, string component) =>
        use.Test.Folder.Equals(component, StringComparison.OrdinalIgnoreCase) ? 5 : use.Renders.Count > 20 ? 0 : 1;

    private void Render(ChartFolder folder, RenderRequest[] requests)
    {
        folder.PrepareAll(requests);
        foreach (var request in requests)
        {
            there.Add(request);
            var before = baseline.Outcome(request);
            var after = Outcome(folder, request);
            if (before?.Objects != after?.Objects || before?.Notes != after?.Notes)
            {
                changed.Add(request);
            }
        }
    }

    /// <exception cref="VoidMutantException">Helm cannot read the template.</exception>
    private static RenderedFiles? Outcome(ChartFolder folder, RenderRequest request)
    {
        try
        {
            return folder.Files(request);
        }
        catch (HelmException e) when (e.Output.Contains("parse error", StringComparison.Ordinal))
        {
            throw new VoidMutantException();
        }
        catch (HelmException)
        {
            return null;
        }
    }

    private IEnumerable<Baseline.TestUse> Ready() => baseline.Uses.Where(use =>
        !use.Renders.IsEmpty && use.Renders.Keys.All(there.Contains) && use.Renders.Keys.Any(changed.Contains));

    private IEnumerable<Baseline.TestUse> Refusing() => baseline.Uses.Where(use => use.Refusals.Keys.Any(baseline.IsRefusedByTemplates));

    /// <summary>Renders what is refused together, so that the tests find it there.</summary>
    private string? FirstRefusalFailure(ChartFolder folder)
    {
        var uses = Refusing().Where(use => !ran.Contains(use)).ToList();
        folder.PrepareAll([.. uses.SelectMany(use => use.Refusals.Keys).Where(baseline.IsRefusedByTemplates).Distinct()]);
        return FirstFailure(uses);
    }

    private string? FirstFailure(IEnumerable<Baseline.TestUse> uses)
    {
        foreach (var use in uses.Where(ran.Add).ToList())
        {
            if (use.Test.Run() is not null)
            {
                return use.Test.ToString();
            }
        }

        return null;
    }

    private sealed class VoidMutantException : Exception;
}
