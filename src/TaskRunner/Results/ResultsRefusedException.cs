namespace TaskRunner.Results;

/// <summary>A store takes some results in no form; all others of the batch are written.</summary>
/// <param name="refused">What it does not take, as it was last tried.</param>
/// <param name="reason">What the store says about one of them.</param>
internal sealed class ResultsRefusedException(IReadOnlyList<TaskResult> refused, Exception reason)
    : Exception($"The store takes {refused.Count} results in no form: {reason.Message}", reason)
{
    /// <summary>What it does not take.</summary>
    public IReadOnlyList<TaskResult> Refused { get; } = refused;
}
