using ChartTests.Mutation;

namespace ChartMutants;

/// <summary>What became of a mutant.</summary>
/// <param name="Killer">The test that failed; null when the mutant lives.</param>
/// <param name="IsTemplate">False when helm cannot even read the template: that is found without a test, and is not counted.</param>
/// <param name="Changed">How many of the rendered sets of values it changes.</param>
internal sealed record Verdict(Mutant Mutant, string? Killer, bool IsTemplate, int Changed)
{
    public bool Lives => IsTemplate && Killer is null;
}
