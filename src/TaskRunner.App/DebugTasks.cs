using System.Text.Json;

namespace TaskRunner.App;

internal sealed record SleepRequest(double Seconds);

internal sealed record SleepResult(double Seconds);

internal sealed record FailRequest(string? Message);

/// <summary><c>debug.*</c>: tasks that prove an installation, and that serve tests.</summary>
internal static class DebugTasks
{
    private const double LongestSleep = 86_400;

    private const string Variable = "TASKRUNNER_DEBUG_TASKS";

    /// <summary>Maps the tasks unless the variable TASKRUNNER_DEBUG_TASKS is <c>false</c>. Where strangers may enqueue, <c>debug.crash</c> ends four workers with one message.</summary>
    /// <returns>What is wrong with the variable; null when nothing is.</returns>
    public static string? Map(TaskRunnerApp app, Func<string, string?> environment)
    {
        switch (environment(Variable)?.ToUpperInvariant())
        {
            case null or "" or "TRUE":
                Map(app);
                return null;
            case "FALSE":
                return null;
            default:
                return $"{Variable} is '{environment(Variable)}': it must be true or false.";
        }
    }

    public static void Map(TaskRunnerApp app)
    {
        app.MapTask("debug.echo", static (JsonElement arguments, TaskContext _, CancellationToken _) => Task.FromResult(arguments));
        app.MapTask("debug.sleep", static async (SleepRequest request, TaskContext _, CancellationToken stopping) =>
        {
            if (request.Seconds is not (>= 0 and <= LongestSleep))
            {
                throw new PermanentFailureException($"seconds is {request.Seconds}: it goes from 0 to {LongestSleep}.");
            }

            await Task.Delay(TimeSpan.FromSeconds(request.Seconds), TimeProvider.System, stopping);
            return new SleepResult(request.Seconds);
        });
        app.MapTask("debug.fail", static Task (FailRequest request, TaskContext _, CancellationToken _) =>
            throw new InvalidOperationException(request.Message ?? "debug.fail was asked to fail")).Retry(0);

        // Kill takes no detour through exception handlers: the process is gone as after the kernel's out-of-memory killer.
        app.MapTask("debug.crash", static async (JsonElement _, TaskContext _, CancellationToken stopping) =>
        {
            Environment.FailFast("debug.crash was asked to take its process down");
            await Task.CompletedTask.WaitAsync(stopping);
        });
    }
}
