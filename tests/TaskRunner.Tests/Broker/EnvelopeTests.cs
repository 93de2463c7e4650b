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

    [Fact]
    public void Rules_survive_writing_and_reading()
    {
        var rules = new TaskRules
        {
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123),
            UniqueKey = "kunde \"Öl\"",
            UniqueUntil = UniqueUntil.Start,
            ConcurrencyKey = "customer-17",
            ConcurrencyLimit = 3,
            RateKey = "api",
            RateLimit = new RateLimit(100, TimeSpan.FromMinutes(1)),
        };

        var read = Envelope.Read(Envelope.Write(BrokerHarness.Message(arguments: "[1]") with { Rules = rules }), "default");

        read.Rules.Should().Be(rules);
        Encoding.UTF8.GetString(read.Arguments.Span).Should().Be("[1]");
    }

    [Fact]
    public void Moment_of_expiry_stands_where_scripts_look_for_it()
    {
        var message = BrokerHarness.Message() with { Rules = new TaskRules { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), ConcurrencyKey = "c" } };

        Encoding.UTF8.GetString(Envelope.Write(message))[35..58].Should().Be("+0034{\"e\":1790000000123");
    }

    [Fact]
    public void Task_without_rules_has_no_segment()
    {
        var bytes = Envelope.Write(BrokerHarness.Message() with { Rules = new TaskRules() });

        bytes[35].Should().Be((byte)'{');
        EnvelopeOptions.Of(bytes).Length.Should().Be(0);
    }

    [Theory]
    [InlineData('+')]
    [InlineData('s')]
    [InlineData('r')]
    [InlineData('b')]
    public void Marks_of_scripts_are_read(char mark)
    {
        var text = Id + "500" + mark + """0046{"e":1795427066756,"c":"customer-17","cl":1}  {"task":"x"}""";

        var read = Envelope.Read(Encoding.UTF8.GetBytes(text), "default");

        read.Task.Should().Be("x");
        read.Rules.Should().Be(new TaskRules { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(1_795_427_066_756), ConcurrencyKey = "customer-17" });
    }

    [Fact]
    public void Newer_version_is_told_apart_from_nonsense()
    {
        var read = () => Envelope.Read(Encoding.UTF8.GetBytes(Id + """500{"v":7,"task":"x"}"""), "default");

        read.Should().Throw<EnvelopeException>().Which.NewerVersion.Should().Be(7);
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
    [InlineData(Id + "500{\"task\":5}", "must be a text")]
    [InlineData(Id + "500{\"task\":\"x\",\"v\":\"one\"}", "must be a number")]
    [InlineData(Id + "500{\"task\":\"x\"} {}", "not valid")]
    [InlineData(Id + "500{}", "no \"task\"")]
    [InlineData(Id + "500{\"task\":\"\"}", "no \"task\"")]
    [InlineData(Id + "500{\"v\":2,\"task\":\"x\"}", "version 2")]
    [InlineData(Id + "500+", "four digits")]
    [InlineData(Id + "500+00x0{}{\"task\":\"x\"}", "four digits")]
    [InlineData(Id + "500+0099{}{\"task\":\"x\"}", "four digits")]
    [InlineData(Id + "500+0002[]{\"task\":\"x\"}", "not valid")]
    [InlineData(Id + "500+0007{\"c\":1}{\"task\":\"x\"}", "must be a text")]
    public void Unreadable_message_is_refused_with_the_reason(string text, string reason)
    {
        var read = () => Envelope.Read(Encoding.UTF8.GetBytes(text), "default");

        read.Should().Throw<EnvelopeException>().WithMessage($"*{reason}*");
    }

    [Fact]
    public void Random_bytes_never_bring_another_exception_than_the_documented_one()
    {
        var random = new Random(20261123);
        var rules = new TaskRules { ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), UniqueKey = "u", ConcurrencyKey = "c", RateKey = "r", RateLimit = new RateLimit(5, TimeSpan.FromSeconds(1)) };
        byte[][] valid = [.. new[] { null, rules }.Select(r => Envelope.Write(BrokerHarness.Message(arguments: """{"a":[1,2,{"b":"c"}]}""") with { Rules = r }))];
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = valid[i % 2].ToArray();
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
