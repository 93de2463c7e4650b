namespace TaskRunner.Flows;

/// <summary>
/// Tasks that belong together: a chain (one after the other), a group (side by side), or a chord (a group, then a task that gets all outputs). Each edge
/// is crossed exactly once, whatever dies on the way: a step is enqueued once when what comes before it has succeeded. When a task gives up, what follows
/// it does not run; it goes on when somebody retries the dead task and it succeeds.
/// <code>
/// var flow = Flow.Chain(new Step("orders.fetch", arguments), Flow.Group(new Step("stock.check"), new Step("credit.check")), new Step("orders.confirm"))
///     .OnError(new Step("orders.alert"));
/// </code>
/// </summary>
public sealed class Flow
{
    private Flow(IReadOnlyList<FlowPart> parts, Step? error)
    {
        Parts = parts;
        Error = error;
    }

    /// <summary>What it goes through.</summary>
    public IReadOnlyList<FlowPart> Parts { get; }

    /// <summary>What runs, once, when one of its tasks gives up, expires or is cancelled; once for each group, else for each such task.</summary>
    public Step? Error { get; }

    /// <summary>All steps, that of the error among them.</summary>
    internal IEnumerable<Step> Steps => Parts.SelectMany(part => part switch
    {
        Step step => [step],
        Group group => group.Members.SelectMany(chain => chain),
        _ => Enumerable.Empty<Step>(),
    }).Concat(Error is { } error ? [error] : []);

    /// <summary>Parts that run one after the other; a group in it is finished when all its members have succeeded.</summary>
    /// <param name="parts">At least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Flow Chain(params IReadOnlyList<FlowPart> parts) =>
        parts.Count > 0 ? new Flow([.. parts], null) : throw new ArgumentException("A chain has at least one part.", nameof(parts));

    /// <summary>A group, then a task that gets the outputs of its members as an array, in their order.</summary>
    public static Flow Chord(Group group, Step body) => Chain(group, body);

    /// <summary>Tasks that run side by side. A group without members is finished at once: what follows it gets an empty array.</summary>
    /// <param name="members">At most 10,000.</param>
    /// <exception cref="ArgumentException">Too many.</exception>
    public static Group Group(params Step[] members) => new([.. members.Select(member => new[] { member })]);

    /// <summary>Chains that run side by side; the output of a member is that of its last step.</summary>
    /// <param name="chains">At most 10,000, each of one step or more.</param>
    /// <exception cref="ArgumentException">Too many, or one is empty.</exception>
    public static Group GroupOfChains(params IReadOnlyList<Step>[] chains) => new(chains);

    /// <summary>The same flow with something to run when one of its tasks gives up.</summary>
    public Flow OnError(Step step) => new(Parts, step);
}

/// <summary>A flow that was started.</summary>
/// <param name="Id">Id of its first task, or of the group that it begins with.</param>
/// <param name="LastId">Id of its last task, whose result is that of the flow, or of the group that it ends with. It is known before that task is enqueued.</param>
/// <param name="TaskIds">Ids of the tasks that were enqueued at once.</param>
public sealed record StartedFlow(Guid Id, Guid LastId, IReadOnlyList<Guid> TaskIds);
