namespace TaskRunner.Observability;

/// <summary>A step that must be taken once before the program counts as started.</summary>
/// <param name="name">Name of the step.</param>
internal sealed class StartupFlag(string name) : IHealthCheck
{
    private bool _isSet;

    public string Name => name;

    public void Set() => Volatile.Write(ref _isSet, true);

    public string? Check() => Volatile.Read(ref _isSet) ? null : "not done yet";
}
