using System.Globalization;
using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>The rules of options as workers and verbs keep them; <see cref="OptionRulesTests"/> holds the scripts to the same table.</summary>
public sealed class OptionRulesInWorkersTests
{
    public static TheoryData<string, string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, bool>();
            foreach (var (option, json, isAllowed) in OptionRules.All)
            {
                rows.Add(option, json, isAllowed);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Options_are_read_or_refused_with_a_sentence_that_names_the_one_that_is_wrong(string option, string json, bool isAllowed)
    {
        var message = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"0193f2b0a1b27c3d8e4f5a6b7c8d9e0f500+{Encoding.UTF8.GetByteCount(json):0000}{json}{{\"task\":\"x\"}}"));

        var read = () => Envelope.Read(message, "default");

        if (isAllowed)
        {
            read.Should().NotThrow();
        }
        else
        {
            read.Should().Throw<EnvelopeException>().Which.Message.Should().Contain(option.Length == 0 ? "JSON" : $"\"{option}\"");
        }
    }
}
