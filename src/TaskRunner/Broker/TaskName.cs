namespace TaskRunner.Broker;

/// <summary>What a task type may be called.</summary>
internal static class TaskName
{
    public const int Longest = 200;

    public const string Rule = "a task name has 1 to 200 characters, none of them a control character";

    public static bool IsValid(string name) => TextRule.IsPlain(name, Longest);
}
