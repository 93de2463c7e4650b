using System.Diagnostics;
using TaskRunner.Broker;

namespace TaskRunner.Observability;

/// <summary>
/// Spans of tasks and the way of their context through the broker, after W3C Trace Context and Baggage. With no listener and no
/// context in the message it costs two comparisons a task.
/// </summary>
internal static class Tracing
{
    /// <summary>The name by which listeners subscribe.</summary>
    public const string SourceName = "TaskRunner";

    private static readonly ActivitySource Source = new(SourceName);
    private static readonly DistributedContextPropagator Propagator = DistributedContextPropagator.CreateW3CPropagator();

    /// <summary>Begins the span of an enqueue; null when nobody listens.</summary>
    public static Activity? StartEnqueue(string task, string queue, int count) => Source.HasListeners()
        ? Source.StartActivity(ActivityKind.Producer, name: "enqueue " + task, tags:
            [
                new("messaging.system", "taskrunner"),
                new("messaging.operation.type", "send"),
                new("messaging.destination.name", queue),
                new("messaging.batch.message_count", count),
            ])
        : null;

    /// <summary>The context of the span that is current now; null when there is none.</summary>
    public static TraceContext? Capture()
    {
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C, Id: not null } activity)
        {
            return null;
        }

        var headers = new Headers();
        Propagator.Inject(activity, headers, static (carrier, name, value) => ((Headers)carrier!).Set(name, value));
        return headers.Parent is { } parent ? new TraceContext(parent, headers.State, headers.Baggage) : null;
    }

    /// <summary>
    /// Begins the span of an attempt as a child of the enqueue, with a link to the attempt before. Where nobody listens the context is current all the
    /// same, so that what the task calls and enqueues belongs to the trace.
    /// </summary>
    public static Activity? StartAttempt(TaskMessage message)
    {
        if (message.Trace is null && !Source.HasListeners())
        {
            return null;
        }

        var trace = message.Trace;
        var hasParent = ActivityContext.TryParse(trace?.Parent, trace?.State, isRemote: true, out var parent);
        var activity = Source.StartActivity(ActivityKind.Consumer, hasParent ? parent : default, Tags(message), Links(trace), name: "process " + message.Task);
        if (activity is null && hasParent)
        {
            activity = StartUnheard(message.Task, parent);
        }

        if (activity is not null && trace?.Baggage is not null)
        {
            AddBaggage(activity, trace.Baggage);
        }

        return activity;
    }

    /// <summary>Notes that the attempt failed.</summary>
    /// <param name="activity">Its span; null for none.</param>
    /// <param name="error">Why, in words.</param>
    /// <param name="shown">What was thrown, or what stands in for it; null when nothing can be shown.</param>
    public static void Fail(Activity? activity, string error, Exception? shown)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetStatus(ActivityStatusCode.Error, error);
            if (shown is not null)
            {
                activity.AddException(shown);
            }
        }
    }

    private static Activity StartUnheard(string task, ActivityContext parent)
    {
#pragma warning disable CA2000 // Whoever asked for the span ends it.
        var activity = new Activity("process " + task);
#pragma warning restore CA2000
        activity.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
        activity.TraceStateString = parent.TraceState;
        return activity.Start();
    }

    private static List<KeyValuePair<string, object?>> Tags(TaskMessage message) =>
    [
        new("messaging.system", "taskrunner"),
        new("messaging.operation.type", "process"),
        new("messaging.destination.name", message.Queue),
        new("messaging.message.id", message.Id.ToString()),
        new("taskrunner.task", message.Task),
        new("taskrunner.attempt", message.Attempt + 1),
    ];

    private static ActivityLink[] Links(TraceContext? trace) =>
        ActivityContext.TryParse(trace?.Link, null, isRemote: true, out var before) ? [new ActivityLink(before)] : [];

    private static void AddBaggage(Activity activity, string text)
    {
        var headers = new Headers { Baggage = text };
        var items = Propagator.ExtractBaggage(
            headers,
            static (object? carrier, string name, out string? value, out IEnumerable<string>? values) =>
            {
                value = name == "baggage" ? ((Headers)carrier!).Baggage : null;
                values = null;
            });
        foreach (var (name, value) in items ?? [])
        {
            activity.AddBaggage(name, value);
        }
    }

    private sealed class Headers
    {
        public string? Parent { get; private set; }

        public string? State { get; private set; }

        public string? Baggage { get; set; }

        public void Set(string name, string value)
        {
            switch (name)
            {
                case "traceparent":
                    Parent = value;
                    break;
                case "tracestate":
                    State = value;
                    break;
                case "baggage":
                    Baggage = value;
                    break;
            }
        }
    }
}
