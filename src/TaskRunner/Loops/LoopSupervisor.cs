using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskRunner.Loops;

/// <summary>
/// Knows every background loop of a process by its name. A loop that meets an unexpected exception is logged, counted and restarted after a pause; one that keeps
/// failing, or stands at one step, is trouble, which <c>/livez</c> reports. Nothing else in the program may start a loop.
/// </summary>
/// <param name="time">Clock of the pauses.</param>
/// <param name="logger">Gets unexpected exceptions with their stack.</param>
internal sealed class LoopSupervisor(TimeProvider time, ILogger logger)
{
    private readonly ConcurrentDictionary<string, SupervisedLoop> loops = new(StringComparer.Ordinal);

    /// <summary>Every loop that was started so far, by name.</summary>
    public IReadOnlyList<SupervisedLoop> All => [.. loops.Values.OrderBy(loop => loop.Name, StringComparer.Ordinal)];

    /// <summary>Unexpected failures since the start, by loop.</summary>
    public IReadOnlyDictionary<string, long> Failures => loops.ToDictionary(pair => pair.Key, pair => pair.Value.Failures, StringComparer.Ordinal);

    /// <summary>How long each loop has been at its present step, in seconds; 0 while it rests.</summary>
    public IReadOnlyDictionary<string, double> AtStep => loops.ToDictionary(pair => pair.Key, pair => pair.Value.AtStep.TotalSeconds, StringComparer.Ordinal);

    /// <summary>The loops that keep failing or stand still, and why; null when there are none.</summary>
    public string? Trouble =>
        All.Where(loop => loop.Trouble is not null).Select(loop => $"{loop.Name} {loop.Trouble}").ToList() is { Count: > 0 } failing ? string.Join("; ", failing) : null;

    /// <summary>For tests: hears of each step of each loop before it is taken, and may throw in its place.</summary>
    internal Action<string, string>? Stepping { get; set; }

    /// <summary>The loop of this name; made when it is asked for first.</summary>
    public SupervisedLoop Loop(string name) => loops.GetOrAdd(name, static (name, self) => new SupervisedLoop(name, self, self.Time, self.Logger), this);

    private TimeProvider Time => time;

    private ILogger Logger => logger;
}
