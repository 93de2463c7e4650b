using System.Diagnostics;
using TaskRunner.Broker;
using TaskRunner.Observability;

namespace TaskRunner.Worker;

/// <summary>Takes in what the broker handed out: starts it or gives it back, counts what ended there, and notes what the queue may have next. For the fetch loop alone.</summary>
internal sealed class Intake(QueueRotation rotation, HeldTasks tasks, Heartbeater heartbeater, IWorkerObserver observer)
{
    /// <summary>Milliseconds on the clock of <see cref="QueueRotation.Due"/>.</summary>
    public static long Now() => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    /// <summary>Takes in one queue's reply.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="reply">What it answered.</param>
    /// <param name="asked">How many tasks it was asked for.</param>
    /// <param name="room">How many may start; what is over goes back to the head of its list.</param>
    public void Take(string queue, StepReply reply, int asked, int room)
    {
        if (reply.LeaseLost)
        {
            heartbeater.RenewNow();
            return;
        }

        Count(queue, reply.Expired, reply.Cancelled);
        NoteDue(queue, reply.NextDue);
        var started = Math.Min(reply.Messages.Count, room);
        if (asked > 0)
        {
            NoteMore(queue, mayHaveMore: reply.Messages.Count == asked || reply.MayHaveMore);
            rotation.Fetched(queue, started);
            observer.TasksFetched(queue, started);
        }

        for (var i = 0; i < reply.Messages.Count; i++)
        {
            if (tasks.Contains(reply.Messages[i].Queue, reply.Messages[i].Id))
            {
                // A producer pushed it twice: the one that runs stands for both.
                continue;
            }

            if (i < started)
            {
                tasks.Admit(reply.Messages[i]);
            }
            else
            {
                tasks.GiveBack(reply.Messages[i]);
            }
        }
    }

    /// <summary>Counts tasks that the broker ended without a worker.</summary>
    public void Count(string queue, int expired, int cancelled)
    {
        if (expired > 0)
        {
            observer.TasksEnded(queue, TaskOutcome.Expired, expired);
        }

        if (cancelled > 0)
        {
            observer.TasksEnded(queue, TaskOutcome.Cancelled, cancelled);
        }
    }

    /// <summary>Notes when something of the queue is due; null for nothing.</summary>
    public void NoteDue(string queue, TimeSpan? wait) => rotation.SetDue(queue, wait is { } left ? Now() + (long)left.TotalMilliseconds : null);

    private void NoteMore(string queue, bool mayHaveMore)
    {
        if (mayHaveMore)
        {
            rotation.Suspect(queue);
        }
        else
        {
            rotation.Empty(queue);
        }
    }
}
