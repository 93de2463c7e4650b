using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

public sealed class EnvelopeTests
{
    private const string Id = "0193f2b0a1b27c3d8e4f5a6b7c8d9e0f";

    [Fact]
    public void Message_survives_writing_and_reading()
    {
        var message = BrokerHarness.Message("pricing.fetch", "pricing", 8, """{"carat":24,"märkte":["Zürich"]}""") with { Attempt = 3, Redeliveries = 12, Schedule = "fetch", EnqueuedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123) };

        var read = Envelope.Read(Envelope.Write(message), "pricing");

        read.Should().BeEquivalentTo(message, o => o.Excluding(m => m.Arguments));
        Encoding.UTF8.GetString(read.Arguments.Span).Should().Be("""{"carat":24,"märkte":["Zürich"]}""");
    }

    [Fact]
    public void Fixed_part_carries_id_priority_and_redeliveries()
    {
        var message = BrokerHarness.Message(priority: 9) with { Redeliveries = 7 };

        var text = Encoding.UTF8.GetString(Envelope.Write(message));

        text.Should().StartWith(message.Id.ToString("N") + "907{");
    }

    [Fact]
    public void Shortest_message_of_another_language_is_read_with_defaults()
    {
        var read = Envelope.Read(Encoding.UTF8.GetBytes(Id + """500{"task":"x"}"""), "default");

        read.Task.Should().Be("x");
        read.Priority.Should().Be(5);
        read.Attempt.Should().Be(0);
        Encoding.UTF8.GetString(read.Arguments.Span).Should().Be("{}");
    }

    [Fact]
    public void Unknown_fields_are_passed_over()
    {
        var read = Envelope.Read(Encoding.UTF8.GetBytes(Id + """500{"trace":{"deep":[1,{"a":2}]},"task":"x","later":null,"args":[1]}"""), "default");

        read.Task.Should().Be("x");
        Encoding.UTF8.GetString(read.Arguments.Span).Should().Be("[1]");
    }

    [Theory]
    [InlineData("", "35 bytes of header")]
    [InlineData("short", "35 bytes of header")]
    [InlineData(Id + "500", "35 bytes of header")]
    [InlineData("not-hexadecimal-not-hexadecimal-500{\"task\":\"x\"}", "32 hexadecimal digits")]
    [InlineData(Id + "x00{\"task\":\"x\"}", "one digit of priority")]
    [InlineData(Id + "5x0{\"task\":\"x\"}", "one digit of priority")]
    [InlineData(Id + "500{\"task\":\"x\"", "not valid")]
    [InlineData(Id + "500[]", "not valid")]
    [InlineData(Id + "500{\"task\":5}", "not valid")]
    [InlineData(Id + "500{\"task\":\"x\",\"v\":\"one\"}", "not valid")]
    [InlineData(Id + "500{\"task\":\"x\"} {}", "not valid")]
    [InlineData(Id + "500{}", "no \"task\"")]
    [InlineData(Id + "500{\"task\":\"\"}", "no \"task\"")]
    [InlineData(Id + "500{\"v\":2,\"task\":\"x\"}", "version 2")]
    public void Unreadable_message_is_refused_with_the_reason(string text, string reason)
    {
        var read = () => Envelope.Read(Encoding.UTF8.GetBytes(text), "default");

        read.Should().Throw<EnvelopeException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Random_bytes_never_bring_another_exception_than_the_documented_one()
    {
        var random = new Random(20261123);
        var valid = Envelope.Write(BrokerHarness.Message(arguments: """{"a":[1,2,{"b":"c"}]}"""));
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = valid.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            try
            {
                Envelope.Read(bytes.AsMemory(0, random.Next(bytes.Length + 1)), "default");
            }
            catch (EnvelopeException)
            {
                // The only way out.
            }
        }
    }
}
