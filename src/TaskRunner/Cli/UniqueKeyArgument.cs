using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli;

/// <summary>The argument <c>KEY</c>: a unique key.</summary>
internal sealed class UniqueKeyArgument : Argument<string>, ICheckedValue
{
    public UniqueKeyArgument()
        : base("KEY") => Description = "The unique key";

    public void Check(ParseResult parsed, Action<string> mistake)
    {
        if (parsed.GetValue(this) is { } key && !TaskRules.IsKey(key))
        {
            mistake($"{Name} is '{TerminalText.Quote(key)}': a unique key has 1 to {TaskRules.LongestKey} characters, none of them a control character.");
        }
    }
}
