using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Fuzz;

/// <summary>Whatever stands in a queue, the reader of messages reads it or says that it cannot: nothing else, since a worker would die of it.</summary>
public sealed class EnvelopeFuzzTests
{
    private static readonly byte[][] Samples =
    [
        Envelope.Write(Message("debug.echo", "{}")),
        Envelope.Write(Message("reports.count_words", "{\"text\":\"hello \\u00e9\",\"n\":[1,2,{\"a\":null}]}") with { Attempt = 3, Redeliveries = 12, Schedule = "nightly" }),
        Envelope.Write(Message("a", "[1e300,true]") with { Rules = new TaskRules { UniqueKey = "order-1" } }),
        .. new[]
        {
            "6f1c2b0e9d4a4f7c8b3a5d6e7f80912a500{\"v\":1,\"task\":\"reports.count_words\",\"at\":1795427006756,\"args\":{\"text\":\"hello\"}}",
            "6f1c2b0e9d4a4f7c8b3a5d6e7f80912a500+0009{\"u\":\"k\"}{\"v\":1,\"task\":\"t\",\"at\":1}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    [Fact]
    public void Reader_neither_crashes_nor_hangs_on_mutated_messages()
    {
        var mutator = new Mutator(Soak.Seed, Samples);
        var read = 0;
        for (var i = 0; i < Soak.FuzzInputs; i++)
        {
            read += Reads(mutator.Next()) ? 1 : 0;
        }

        read.Should().BeGreaterThan(Soak.FuzzInputs / 1000, "some inputs are still messages");
    }

    /// <summary>Reads it, and what it read must survive being written and read again.</summary>
    private static bool Reads(byte[] input)
    {
        try
        {
            _ = new Held("default", input);
            var message = Envelope.Read(input, "default");
            var again = Envelope.Read(Envelope.Write(message), "default");
            if (again.Id != message.Id || again.Task != message.Task || again.Priority != message.Priority || again.Attempt != message.Attempt)
            {
                throw new InvalidOperationException("it reads differently after it was written again");
            }

            return true;
        }
        catch (EnvelopeException)
        {
            return false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"The message {Convert.ToHexString(input)} must be read or refused: {e.Message}", e);
        }
    }

    private static TaskMessage Message(string task, string arguments) => new()
    {
        Id = new Guid("6f1c2b0e-9d4a-4f7c-8b3a-5d6e7f80912a"),
        Task = task,
        Queue = "default",
        Priority = 5,
        Arguments = Encoding.UTF8.GetBytes(arguments),
        EnqueuedAt = DateTimeOffset.UnixEpoch.AddDays(20_000),
    };
}
