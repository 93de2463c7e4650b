using System.CommandLine;
using TaskRunner.Broker;

namespace TaskRunner.Cli;

/// <summary>The argument <c>QUEUE</c>, checked.</summary>
internal static class QueueArgument
{
    public static Argument<string> Create(string description = "Queue")
    {
        var argument = new Argument<string>("QUEUE") { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !QueueName.IsValid(result.Tokens[0].Value))
            {
                result.AddError($"QUEUE is '{result.Tokens[0].Value}': {QueueName.Rule}.");
            }
        });
        return argument;
    }
}
