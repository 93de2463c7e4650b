namespace TaskRunner.Observability;

/// <summary>A check that is a function.</summary>
internal sealed class HealthCheck(string name, Func<string?> check) : IHealthCheck
{
    public string Name => name;

    public string? Check() => check();
}
