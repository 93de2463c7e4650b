using System.Text.Json;
using Microsoft.Extensions.Logging;
using TaskRunner.Broker;
using TaskRunner.Results;

namespace TaskRunner.Flows;

/// <summary>
/// Crosses the edges of flows: given how a task ended, it enqueues what follows. It is told again when the worker died in between; ids made from what came
/// before and the group's own record of its members make the second time change nothing.
/// </summary>
internal sealed partial class FlowRelay(RedisBroker broker, FlowEnqueuer flows, ILogger logger)
{
    /// <summary>Applies the end of one task.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; apply it again later.</exception>
    public async Task ApplyAsync(TaskResult result, string flow, CancellationToken cancellationToken)
    {
        if (FlowState.TryRead(flow) is not { } state)
        {
            LogUnreadable(logger, result.Id);
            return;
        }

        if (result.State != TaskState.Succeeded)
        {
            await FailAsync(result, state, cancellationToken);
        }
        else if ((state.Next is not null || state.Group is not null) && FlowInput.Mistake(result.Output) is { } mistake)
        {
            await FailAsync(result with { State = TaskState.Dead, Error = mistake }, state, cancellationToken);
        }
        else if (state.Next is not [var next, ..])
        {
            await ReportAsync(result, state, cancellationToken);
        }
        else if (state.Group is { } group && await broker.IsGroupCancelledAsync(group, cancellationToken))
        {
            await FailAsync(result with { State = TaskState.Dead, Error = "The group was cancelled before the next step." }, state, cancellationToken);
        }
        else if (await TryEnqueueAsync(FlowEnqueuer.Following(result.Id), next, state with { Next = Rest(state.Next) }, result.Output ?? "null", cancellationToken) is { } problem)
        {
            await FailAsync(result with { State = TaskState.Dead, Error = problem }, state, cancellationToken);
        }
    }

    private async Task ReportAsync(TaskResult result, FlowState state, CancellationToken cancellationToken)
    {
        if (state.Group is not { } group)
        {
            return;
        }

        // The list of outputs adds a level.
        if (FlowInput.IsTooDeepForList(result.Output) && await broker.ReadGroupAsync(group, cancellationToken) is { Plan.Next: [var taker, ..] })
        {
            var error = $"The output has {JsonDepth.Written} levels of arrays and objects. '{taker.Task ?? "the next group"}' gets the outputs of the group as an array, which has at most {JsonDepth.Written}.";
            await FailAsync(result with { State = TaskState.Dead, Error = error }, state, cancellationToken);
            return;
        }

        var reply = await broker.ReportMemberAsync(group, state.Member, result, cancellationToken);
        if (reply is null)
        {
            LogGroupGone(logger, group, result.Id);
        }
        else if (reply.IsComplete && !reply.IsCancelled && await broker.ReadGroupAsync(group, cancellationToken) is { } known)
        {
            await GoOnAsync(known, cancellationToken);
        }
    }

    /// <summary>Enqueues what follows a group whose members have all succeeded; does nothing for any other.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; the same call goes on.</exception>
    public async Task GoOnAsync(GroupRecord group, CancellationToken cancellationToken)
    {
        if (group.IsCancelled || group.Problem is not null)
        {
            return;
        }

        if (!group.IsComplete)
        {
            LogCountsOff(logger, group.Id, group.Succeeded, group.Plan.Members.Count);
            await broker.MendGroupAsync(group, cancellationToken);
            return;
        }

        if (group.Plan.Next is [var next, ..])
        {
            var outputs = group.Ends.OrderBy(end => end.Key).Select(end => end.Value.Output).ToList();
            var input = JsonSerializer.Serialize(outputs, FlowJson.Compact.ListNullableJsonElement);
            var after = new FlowState { Next = Rest(group.Plan.Next), Error = group.Plan.Error, Trace = group.Plan.Trace };
            var id = FlowEnqueuer.Following(group.Id);
            if (await TryEnqueueAsync(id, next, after, input, cancellationToken) is { } problem)
            {
                await broker.NoteGroupAsync(group.Id, "problem", problem, cancellationToken);
                var last = group.Ends[group.Ends.Keys.Max()] with { State = TaskStateName.Of(TaskState.Dead), Output = null, Error = problem };
                await EnqueueErrorAsync(FlowEnqueuer.Failing(group.Id), group.Plan.Error, group.Plan.Trace, last, cancellationToken);
            }
            else
            {
                await broker.NoteGroupAsync(group.Id, "next", id.ToString(), cancellationToken);
            }
        }

        await broker.CloseGroupAsync(group.Id, cancellationToken);
    }

    /// <summary>Ends a member of a group as failed, whose own end nobody will hear of.</summary>
    /// <exception cref="BrokerUnavailableException">The broker did not answer; the same call changes nothing that was done.</exception>
    public Task LoseAsync(GroupRecord group, int member, string reason, CancellationToken cancellationToken)
    {
        var task = group.Plan.Members[member];
        LogMemberLost(logger, task.Id, group.Id, reason);
        var end = new TaskResult { Id = task.Id, Task = task.Task, Queue = task.Queue, State = TaskState.Dead, Error = reason };
        return FailAsync(end, new FlowState { Group = group.Id, Member = member, Error = group.Plan.Error, Trace = group.Plan.Trace }, cancellationToken);
    }

    private async Task FailAsync(TaskResult result, FlowState state, CancellationToken cancellationToken)
    {
        if (state.Group is { } group)
        {
            var reply = await broker.ReportMemberAsync(group, state.Member, result, cancellationToken);
            if (reply is null)
            {
                LogGroupGone(logger, group, result.Id);
            }

            // What was cancelled starts nothing more.
            if (reply is null or { IsCancelled: true })
            {
                return;
            }
        }

        await EnqueueErrorAsync(FlowEnqueuer.Failing(state.Group ?? result.Id), state.Error, state.Trace, Failure(result), cancellationToken);
    }

    private async Task EnqueueErrorAsync(Guid id, FlowStep? error, TraceContext? trace, MemberEnd failure, CancellationToken cancellationToken)
    {
        if (error is not null
            && await TryEnqueueAsync(id, error, new FlowState { Trace = trace }, JsonSerializer.Serialize(failure, FlowJson.Compact.MemberEnd), cancellationToken) is { } problem)
        {
            LogErrorStepRefused(logger, error.Task ?? "", failure.Id, problem);
        }
    }

    /// <summary>Enqueues, and says why not when that can never work.</summary>
    private async Task<string?> TryEnqueueAsync(Guid id, FlowStep step, FlowState state, string input, CancellationToken cancellationToken)
    {
        try
        {
            await flows.EnqueueAsync(id, step, state, input, cancellationToken);
            return null;
        }
        catch (Exception e) when (e is PayloadTooLargeException or ArgumentException or JsonException)
        {
            // The last one: a flow that another program wrote may hold what cannot be written again.
            return $"The next step '{step.Task}' was not enqueued: {e.Message}";
        }
    }

    private static MemberEnd Failure(TaskResult result) => new(result.Id, result.Task, result.Queue, TaskStateName.Of(result.State), null, result.Error);

    private static List<FlowStep>? Rest(List<FlowStep> steps) => steps.Count > 1 ? steps[1..] : null;

    [LoggerMessage(LogLevel.Error, "Task {Id} carries a flow that cannot be read: nothing follows it")]
    private static partial void LogUnreadable(ILogger logger, Guid id);

    [LoggerMessage(LogLevel.Warning, "Group {Group} is not known any more, or has no such member: the end of its task {Id} changes nothing")]
    private static partial void LogGroupGone(ILogger logger, Guid group, Guid id);

    [LoggerMessage(LogLevel.Warning, "The counts of group {Group} were off: {Succeeded} of its {Members} members have succeeded; they are set right")]
    private static partial void LogCountsOff(ILogger logger, Guid group, int succeeded, int members);

    [LoggerMessage(LogLevel.Warning, "Task {Id} of group {Group} counts as failed: {Reason}")]
    private static partial void LogMemberLost(ILogger logger, Guid id, Guid group, string reason);

    [LoggerMessage(LogLevel.Error, "The error step {Task} of task {Id} cannot be enqueued: {Reason}")]
    private static partial void LogErrorStepRefused(ILogger logger, string task, Guid id, string reason);
}
