using System.Text;

namespace TaskRunner;

/// <summary>The task that <c>doctor</c> runs on every queue: every program has it, also one with tasks of a user's own only. It returns its arguments.</summary>
internal static class CheckTask
{
    public const string Name = "taskrunner.check";

    public static void Map(TaskRegistry registry) =>
        registry.Add(new TaskDefinition(Name, static (context, _) => Task.FromResult<string?>(Echo(context.Message.Arguments.Span))) { Retries = 0 });

    private static string Echo(ReadOnlySpan<byte> arguments) => JsonInput.Mistake(arguments) is { } mistake
        ? throw new PermanentFailureException($"The arguments of '{Name}' cannot be its output: {mistake}.")
        : Encoding.UTF8.GetString(arguments);
}
