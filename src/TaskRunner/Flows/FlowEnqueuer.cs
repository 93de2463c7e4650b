using System.Runtime.InteropServices;
using System.Text;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Flows;

/// <summary>
/// Enqueues the next part of a flow. Ids are made from what comes before, and the broker refuses one that it has seen: doing the same again
/// changes nothing, and finishes what was left half done.
/// </summary>
internal sealed class FlowEnqueuer(RedisBroker broker, TimeProvider time)
{
    /// <summary>How long the broker refuses a second task of a flow with the same id.</summary>
    public static readonly TimeSpan RememberIds = TimeSpan.FromDays(1);

    private static readonly byte[] NoArguments = "{}"u8.ToArray();

    /// <summary>The id of what follows a task or a group.</summary>
    public static Guid Following(Guid id) => NameBasedGuid.Create(id, "next");

    /// <summary>The id of what runs when a task or a group fails.</summary>
    public static Guid Failing(Guid id) => NameBasedGuid.Create(id, "error");

    /// <summary>Starts a flow.</summary>
    /// <param name="flow">What to run.</param>
    /// <param name="id">Its id; the same one again starts nothing that was started before.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="PayloadTooLargeException">A message is over the limit: the first one carries the whole rest of the flow.</exception>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; the same call may be repeated with the same id.</exception>
    public async Task<StartedFlow> StartAsync(Flow flow, Guid id, CancellationToken cancellationToken)
    {
        var steps = flow.Parts.Select(part => part.ToWire()).ToList();
        var last = id;
        for (var i = 1; i < steps.Count; i++)
        {
            last = Following(last);
        }

        var tasks = await EnqueueAsync(id, steps[0], new FlowState { Next = Rest(steps), Error = flow.Error?.ToWire(), Trace = Tracing.Capture() }, null, cancellationToken);
        return new StartedFlow(id, last, tasks);
    }

    /// <summary>Enqueues one step, or all members of a group.</summary>
    /// <param name="id">Id of the task or the group.</param>
    /// <param name="step">What to enqueue.</param>
    /// <param name="state">What follows it, and what it is a member of.</param>
    /// <param name="input">What came before, as JSON; null for nothing.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<IReadOnlyList<Guid>> EnqueueAsync(Guid id, FlowStep step, FlowState state, string? input, CancellationToken cancellationToken)
    {
        if (step.Members is not { } members)
        {
            await broker.EnqueueAsync([Request(id, step, state, input)], cancellationToken);
            return [id];
        }

        if (members.Count == 0)
        {
            return await PassAsync(id, state, cancellationToken);
        }

        var ids = Enumerable.Range(0, members.Count).Select(i => NameBasedGuid.Create(id, $"member:{i}")).ToList();
        var requests = members.Select((member, i) =>
            Request(ids[i], member[0], new FlowState { Next = Rest(member), Group = id, Member = i, Error = state.Error, Trace = state.Trace }, input)).ToList();

        // A group that was opened is there for people to see: what can be refused is refused before.
        broker.ThrowIfRefused(requests);
        var plan = new GroupPlan([.. members.Select((member, i) => new GroupTask(ids[i], member[0].Task ?? "", member[0].Queue ?? "default", member.Count))], state.Next, state.Error, state.Trace);
        await broker.OpenGroupAsync(id, plan, cancellationToken);
        await broker.EnqueueAsync(requests, cancellationToken);
        return ids;
    }

    /// <summary>A group without members is finished at once: what follows it gets an empty array.</summary>
    private async Task<IReadOnlyList<Guid>> PassAsync(Guid id, FlowState state, CancellationToken cancellationToken)
    {
        var tasks = state.Next is [var next, ..] ? await EnqueueAsync(Following(id), next, state with { Next = Rest(state.Next) }, "[]", cancellationToken) : [];
        await broker.OpenGroupAsync(id, new GroupPlan([], state.Next, state.Error, state.Trace), cancellationToken);
        if (state.Next is not null)
        {
            await broker.NoteGroupAsync(id, "next", Following(id).ToString(), cancellationToken);
        }

        await broker.CloseGroupAsync(id, cancellationToken);
        return tasks;
    }

    private static List<FlowStep>? Rest(List<FlowStep> steps) => steps.Count > 1 ? steps[1..] : null;

    private EnqueueRequest Request(Guid id, FlowStep step, FlowState state, string? input)
    {
        var came = input is null ? ReadOnlyMemory<byte>.Empty : Encoding.UTF8.GetBytes(input);
        var given = step.Args is { } arguments ? JsonMarshal.GetRawUtf8Value(arguments).ToArray() : null;
        return new EnqueueRequest(new TaskMessage
        {
            Id = id,
            Task = step.Task ?? throw new ArgumentException("A step of the flow names no task."),
            Queue = step.Queue ?? "default",
            Priority = step.Priority ?? 5,
            Arguments = given ?? (came.IsEmpty ? NoArguments : came),
            Input = given is null ? default : came,
            IsHandedOn = given is null && !came.IsEmpty,
            EnqueuedAt = time.GetUtcNow(),
            KeepResult = TimeSpan.FromMilliseconds(step.Keep ?? 0),
            Trace = state.Trace,
            Flow = state is { Next: null, Group: null, Error: null } ? null : state.Write(),
        })
        {
            RememberId = RememberIds,
        };
    }
}
