using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>Every field of a message with every kind of value that a foreign producer may write.</summary>
public sealed class EnvelopeFieldTests
{
    private const string Id = "0193f2b0a1b27c3d8e4f5a6b7c8d9e0f";

    private static readonly string[] Numbers = ["v", "at", "attempt", "keep"];
    private static readonly string[] Texts = ["task", "schedule", "traceparent", "tracestate", "baggage", "link", "flow"];
    private static readonly string[] OptionNumbers = ["e", "cl"];
    private static readonly string[] OptionTexts = ["u", "um", "c", "r", "rl"];

    private static readonly string[] NotNumbers = ["\"1\"", "\"\"", "true", "false", "{}", "[]", "[1]", "{\"a\":1}"];
    private static readonly string[] NotTexts = ["1", "1.5", "true", "false", "{}", "[]", "[\"x\"]", "{\"a\":\"x\"}"];

    public static TheoryData<string, string> WrongTypes => Pairs();

    public static TheoryData<string> AllFields => [.. Numbers, .. Texts, "args", "input", .. OptionNumbers, .. OptionTexts];

    [Theory]
    [MemberData(nameof(WrongTypes))]
    public void Value_of_a_wrong_type_is_unreadable_and_the_field_is_named(string field, string value)
    {
        var read = () => Read(Message(field, $"\"{field}\":{value}"));

        read.Should().Throw<EnvelopeException>().Which.Message.Should().Contain($"\"{field}\"");
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData(".5")]
    [InlineData("0x10")]
    public void Number_that_is_not_JSON_is_unreadable(string value)
    {
        foreach (var field in Numbers.Concat(OptionNumbers))
        {
            var read = () => Read(Message(field, $"\"{field}\":{value}"));
            read.Should().Throw<EnvelopeException>();
        }
    }

    [Theory]
    [InlineData("1795427006756.25", 1_795_427_006_756)]
    [InlineData("1795427006756.0", 1_795_427_006_756)]
    [InlineData("1.795427006756e12", 1_795_427_006_756)]
    [InlineData("17954270067565e-1", 1_795_427_006_756)]
    [InlineData("1e3", 1000)]
    [InlineData("0.999", 0)]
    [InlineData("-0.5", 0)]
    [InlineData("-1", 0)]
    [InlineData("1e300", 253_402_300_799_999)]
    [InlineData("-1e300", 0)]
    [InlineData("99999999999999999999", 253_402_300_799_999)]
    [InlineData("null", 0)]
    public void Fraction_of_a_time_is_cut_and_what_is_out_of_range_counts_as_the_bound(string value, long milliseconds)
    {
        var read = Read(Message("at", $"\"at\":{value}"));

        read.EnqueuedAt.ToUnixTimeMilliseconds().Should().Be(milliseconds);
    }

    [Theory]
    [InlineData("attempt", "2.9", 2)]
    [InlineData("attempt", "1.0", 1)]
    [InlineData("attempt", "-3", 0)]
    [InlineData("attempt", "1e30", 1_000_000_000)]
    [InlineData("keep", "60000.5", 60_000)]
    [InlineData("keep", "1e30", 604_800_000)]
    [InlineData("keep", "-1", 0)]
    [InlineData("v", "1.0", 0)]
    [InlineData("v", "0.5", 0)]
    public void Fraction_of_a_count_is_cut(string field, string value, long expected)
    {
        var read = Read(Message(field, $"\"{field}\":{value}"));

        (field == "keep" ? (long)read.KeepResult.TotalMilliseconds : read.Attempt).Should().Be(expected);
    }

    [Theory]
    [InlineData("2.0")]
    [InlineData("7")]
    [InlineData("1e3")]
    [InlineData("1e300")]
    public void Version_that_is_newer_is_told_however_it_is_spelt(string value)
    {
        var read = () => Read(Message("v", $"\"v\":{value}"));

        read.Should().Throw<EnvelopeException>().Which.NewerVersion.Should().BeGreaterThan(1);
    }

    [Theory]
    [MemberData(nameof(AllFields))]
    public void Field_that_is_given_twice_is_unreadable_however_its_name_is_spelt(string field)
    {
        var value = Numbers.Contains(field) || OptionNumbers.Contains(field) ? "1" : "\"x\"";
        value = field == "e" ? "1795427066756" : field == "rl" ? "\"1/1000\"" : field == "um" ? "\"done\"" : value;
        var escaped = string.Concat(field.Select(c => $"\\u{(int)c:x4}"));
        foreach (var second in new[] { field, escaped })
        {
            var read = () => Read(Message(field, $"\"{field}\":{value},\"{second}\":{value}"));
            read.Should().Throw<EnvelopeException>().Which.Message.Should().Contain($"\"{field}\"").And.Contain("twice");
        }
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"true\"")]
    [InlineData("{}")]
    public void Truth_of_a_wrong_type_is_unreadable(string value)
    {
        var read = () => Read(Message("handed", $"\"handed\":{value}"));

        read.Should().Throw<EnvelopeException>().WithMessage("*\"handed\"*");
    }

    [Fact]
    public void Unknown_field_may_be_anything_and_any_number_of_times()
    {
        var read = Read(Encoding.UTF8.GetBytes(Id + """500{"task":"x","later":{"task":"y"},"later":[1e999],"Task":5,"":null}"""));

        read.Task.Should().Be("x");
    }

    [Theory]
    [InlineData("a\\u0000b")]
    [InlineData("a\\nb")]
    [InlineData("a\\u001bb")]
    [InlineData("a\\u007fb")]
    [InlineData("a\\u0085b")]
    [InlineData("")]
    public void Name_with_control_characters_or_without_any_is_unreadable(string name)
    {
        var read = () => Read(Encoding.UTF8.GetBytes($"{Id}500{{\"task\":\"{name}\"}}"));

        read.Should().Throw<EnvelopeException>().Which.Message.Should().Contain("\"task\"").And.NotContain("\u001b");
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void Name_has_200_characters_at_most(int length, bool isReadable)
    {
        var read = () => Read(Encoding.UTF8.GetBytes($"{Id}500{{\"task\":\"{new string('é', length)}\"}}"));

        (isReadable ? null : read).Should().Match<Func<TaskMessage>?>(f => f == null || Throws(f));
        if (isReadable)
        {
            read().Task.Should().HaveLength(200);
        }
    }

    [Theory]
    [InlineData("u", "a\\u0000")]
    [InlineData("c", "\\u001b[2J")]
    [InlineData("r", "")]
    public void Key_that_is_not_allowed_is_unreadable(string field, string key)
    {
        var read = () => Read(Message(field, $"\"{field}\":\"{key}\""));

        read.Should().Throw<EnvelopeException>().Which.Message.Should().Contain($"\"{field}\"");
    }

    [Fact]
    public void Message_that_is_no_UTF_8_is_unreadable_wherever_the_byte_stands()
    {
        var whole = Encoding.UTF8.GetBytes(Id + """500+0011{"c":"abcd"}{"task":"tttt","schedule":"ssss","args":{"aaaa":"bbbb"},"later":"cccc"}""");
        for (var at = 40; at < whole.Length; at++)
        {
            foreach (var wrong in new byte[] { 0xff, 0xc3, 0x80, 0xed })
            {
                var bytes = whole.ToArray();
                bytes[at] = wrong;
                var read = () => Read(bytes);
                read.Should().Throw<EnvelopeException>().WithMessage("*UTF-8*");
            }
        }
    }

    [Theory]
    [InlineData("0193f2b0a1b27c3d8e4f5a6b7c8d9e0")]
    [InlineData("0193f2b0-a1b2-7c3d-8e4f-5a6b7c8d9e0f")]
    [InlineData("{0193f2b0a1b27c3d8e4f5a6b7c8d9e0}")]
    [InlineData(" 193f2b0a1b27c3d8e4f5a6b7c8d9e0f ")]
    [InlineData("0x93f2b0a1b27c3d8e4f5a6b7c8d9e0f")]
    [InlineData("+193f2b0a1b27c3d8e4f5a6b7c8d9e0f")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void Id_that_is_not_32_hexadecimal_digits_is_unreadable(string id)
    {
        var read = () => Read(Encoding.UTF8.GetBytes(id + """500{"task":"x"}"""));

        read.Should().Throw<EnvelopeException>();
    }

    [Theory]
    [InlineData(62, true)]
    [InlineData(65, true)]
    [InlineData(127, true)]
    [InlineData(130, true)]
    [InlineData(255, true)]
    [InlineData(257, false)]
    [InlineData(100_000, false)]
    public void Reader_accepts_far_more_levels_than_may_be_written(int levels, bool isReadable)
    {
        var arguments = new string('[', levels) + new string(']', levels);

        var read = () => Read(Encoding.UTF8.GetBytes($"{Id}500{{\"task\":\"x\",\"args\":{arguments}}}"));

        if (isReadable)
        {
            read().Arguments.Length.Should().Be(2 * levels);
        }
        else
        {
            read.Should().Throw<EnvelopeException>();
        }
    }

    private static TheoryData<string, string> Pairs()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in Numbers.Concat(OptionNumbers))
        {
            foreach (var value in NotNumbers.Concat(["1e999", "-1e999"]))
            {
                data.Add(name, value);
            }
        }

        foreach (var name in Texts.Concat(OptionTexts))
        {
            foreach (var value in NotTexts.Append("\"x\\ud83d\"").Append("\"\\udc00x\""))
            {
                data.Add(name, value);
            }
        }

        return data;
    }

    private static bool Throws(Func<TaskMessage> read)
    {
        try
        {
            read();
            return false;
        }
        catch (EnvelopeException)
        {
            return true;
        }
    }

    private static TaskMessage Read(byte[] bytes) => Envelope.Read(bytes, "default");

    /// <summary>A message with one field of interest, in the options when it belongs there.</summary>
    private static byte[] Message(string field, string text)
    {
        var isOption = OptionNumbers.Contains(field) || OptionTexts.Contains(field);
        var options = isOption ? $"{{{text}}}" : "";
        var body = isOption ? "{\"task\":\"x\"}" : field == "task" ? $"{{{text}}}" : $"{{\"task\":\"x\",{text}}}";
        var segment = isOption ? $"+{Encoding.UTF8.GetByteCount(options):0000}{options}" : "";
        return Encoding.UTF8.GetBytes($"{Id}500{segment}{body}");
    }
}
