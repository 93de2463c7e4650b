using Microsoft.Extensions.Logging;
using TaskRunner;

namespace CustomTasks;

internal sealed record FlakyRequest(int Failures);

internal sealed record FlakyResponse(int Attempts);

/// <summary>Fails as often as it is told to, so that retries can be watched.</summary>
internal static partial class Flaky
{
    public static FlakyResponse Run(FlakyRequest request, TaskContext context)
    {
        if (context.Attempt <= request.Failures)
        {
            throw new TimeoutException($"attempt {context.Attempt} of {request.Failures} that were to fail");
        }

        LogWorked(context.Logger, context.Attempt);
        return new FlakyResponse(context.Attempt);
    }

    // The line carries id, task and queue by itself.
    [LoggerMessage(LogLevel.Information, "Worked in attempt {Number}")]
    private static partial void LogWorked(ILogger logger, int number);
}
