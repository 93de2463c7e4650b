namespace TaskRunner.Observability;

/// <summary>What the three probes of a pod ask.</summary>
internal sealed class HealthChecks
{
    /// <summary>Failing means that only a restart helps.</summary>
    public HealthCheckList Liveness { get; } = new();

    /// <summary>Failing means that the process cannot do its work now.</summary>
    public HealthCheckList Readiness { get; } = new();

    /// <summary>Failing means that the process is still starting.</summary>
    public HealthCheckList Startup { get; } = new();
}
