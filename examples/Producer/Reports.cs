using Microsoft.AspNetCore.Mvc;
using TaskRunner;
using TaskRunner.Broker;
using TaskRunner.Results;

namespace Producer;

/// <summary>What the shop orders: words to be counted. <c>reports.count_words</c> of examples/CustomTasks does the work.</summary>
public sealed record ReportOrder(string Text);

/// <summary>The web side of reports: it enqueues, and reads results.</summary>
public static class Reports
{
    private const string Task = "reports.count_words";

    private static readonly EnqueueOptions InReports = new() { Queue = "reports" };

    /// <summary>Orders one report. A caller that repeats its request sends the same key, and gets the same report.</summary>
    public static async Task<IResult> OrderAsync(ReportOrder order, TaskClient tasks, [FromHeader(Name = "Idempotency-Key")] Guid? key, CancellationToken aborted)
    {
        try
        {
            var task = await tasks.EnqueueAsync(Task, order, InReports with { Id = key }, aborted);
            return Results.Accepted($"/reports/{task.Id}", new { task.Id, Status = task.Status.ToString() });
        }
        catch (PayloadTooLargeException e)
        {
            return Results.Problem(e.Message, statusCode: StatusCodes.Status413PayloadTooLarge);
        }
        catch (BrokerUnavailableException e)
        {
            var advice = e.OutcomeUnknown ? "It may have been ordered all the same: repeat with the same Idempotency-Key." : "Nothing was ordered: try again later.";
            return Results.Problem($"{e.Message}. {advice}", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>Orders many reports in one round trip.</summary>
    public static async Task<IResult> OrderManyAsync(ReportOrder[] orders, TaskClient tasks, CancellationToken aborted)
    {
        var enqueued = await tasks.EnqueueManyAsync(Task, orders, InReports, aborted);
        return Results.Accepted(value: enqueued.Select(t => t.Id));
    }

    /// <summary>The report, once it is there; waits for up to two seconds.</summary>
    public static async Task<IResult> ReadAsync(Guid id, TaskClient tasks, CancellationToken aborted)
    {
        var result = await tasks.WaitForResultAsync(id, TimeSpan.FromSeconds(2), aborted);
        return result switch
        {
            null => Results.Accepted($"/reports/{id}"),
            { State: TaskState.Succeeded } => Results.Text(result.Output ?? "null", "application/json"),
            _ => Results.Problem(result.Error, statusCode: StatusCodes.Status500InternalServerError),
        };
    }
}
