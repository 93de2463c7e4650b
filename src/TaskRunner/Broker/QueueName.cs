namespace TaskRunner.Broker;

/// <summary>What a queue may be called.</summary>
internal static class QueueName
{
    public const string Rule = "a queue name has 1 to 100 letters, digits, dots, dashes or underscores";

    public static bool IsValid(string name) => name.Length is > 0 and <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    /// <exception cref="ArgumentException">The name is not allowed.</exception>
    public static void ThrowIfInvalid(string name)
    {
        if (!IsValid(name))
        {
            throw new ArgumentException($"'{name}' is no queue name: {Rule}.", nameof(name));
        }
    }
}
