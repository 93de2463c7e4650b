using System.Collections.Concurrent;

namespace TaskRunner.Observability;

/// <summary>Checks that one probe asks. Checks may be added while probes are answered.</summary>
internal sealed class HealthCheckList
{
    private readonly ConcurrentQueue<IHealthCheck> _checks = new();

    public void Add(IHealthCheck check) => _checks.Enqueue(check);

    public void Add(string name, Func<string?> check) => Add(new HealthCheck(name, check));

    /// <summary>One line for each check that fails, with its name and the reason.</summary>
    public IReadOnlyList<string> Failures() =>
        [.. _checks.Select(check => (check.Name, Reason: Run(check))).Where(result => result.Reason is not null).Select(result => $"{result.Name}: {OneLine(result.Reason!)}")];

    private static string? Run(IHealthCheck check)
    {
        try
        {
            return check.Check();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A probe without an answer would tell less than the reason.
            return e.Message;
        }
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
