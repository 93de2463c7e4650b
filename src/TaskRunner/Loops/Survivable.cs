namespace TaskRunner.Loops;

/// <summary>What a loop goes on after.</summary>
internal static class Survivable
{
    /// <summary>Everything that can be caught: a list of expected exceptions is a list of those that end a loop when another one comes.</summary>
    public static bool Any(Exception e) => e is not null;
}
