namespace TaskRunner.Observability;

/// <summary>One thing that must be in order. It answers from what is known already, at once and on any thread.</summary>
internal interface IHealthCheck
{
    string Name { get; }

    /// <summary>Null when all is well, else one sentence on what is not.</summary>
    string? Check();
}
