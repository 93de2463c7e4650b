namespace TaskRunner.Broker;

/// <summary>Where a task stands in a distributed trace, in the words of W3C Trace Context and W3C Baggage.</summary>
/// <param name="Parent">The header <c>traceparent</c>: 55 characters.</param>
/// <param name="State">The header <c>tracestate</c>; null for none.</param>
/// <param name="Baggage">The header <c>baggage</c>; null for none.</param>
public sealed record TraceContext(string Parent, string? State = null, string? Baggage = null)
{
    /// <summary>The <c>traceparent</c> of the attempt before this one, which the next one's span links to.</summary>
    internal string? Link { get; init; }
}
