namespace TaskRunner.Cli;

/// <summary>What a name of a task type may be.</summary>
internal static class TaskName
{
    public const string Rule = "a task name has 1 to 200 characters, none of them a control character";

    public static bool IsValid(string name) => name.Length is > 0 and <= 200 && !name.Any(char.IsControl);
}
