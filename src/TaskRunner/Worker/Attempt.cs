using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>What is known of an attempt from its start on. The loop reads it when the attempt does not come to its end by itself.</summary>
/// <param name="Held">What the broker booked on this worker.</param>
/// <param name="Message">The task.</param>
/// <param name="Definition">What runs it.</param>
/// <param name="Worker">Incarnation that runs it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="Started">The same as a timestamp of the clock.</param>
internal sealed record Attempt(Held Held, TaskMessage Message, TaskDefinition Definition, string Worker, DateTimeOffset StartedAt, long Started)
{
    private volatile object? end;

    /// <summary>What the handler threw; null when it has not.</summary>
    public Exception? Thrown => end as Exception;

    /// <summary>What the handler returned; null when it has not returned.</summary>
    public Returned? Output => end as Returned;

    /// <summary>Id of its span, to which the next attempt's is linked.</summary>
    public string? Span { get; set; }

    /// <summary>The handler is done. What it returned is written before anything else of the application runs.</summary>
    /// <param name="how">An exception, or what was returned.</param>
    public void End(object how) => end = how;

    /// <summary>The output of a handler that returned.</summary>
    /// <param name="Json">As JSON text; null for none.</param>
    public sealed record Returned(string? Json);
}
