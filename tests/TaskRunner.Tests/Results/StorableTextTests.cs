using FluentAssertions;
using TaskRunner.Results;
using Xunit;

namespace TaskRunner.Tests.Results;

public sealed class StorableTextTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("nul\0here", "nul\uFFFDhere")]
    [InlineData("pair \uD83D\uDE00 kept", "pair \uD83D\uDE00 kept")]
    public void Text_keeps_all_that_can_be_stored(string? text, string? stored)
    {
        StorableText.Text(text).Should().Be(stored);
    }

    [Fact]
    public void Text_loses_halves_of_surrogate_pairs()
    {
        StorableText.Text("\uD83D at the start").Should().Be("\uFFFD at the start");
        StorableText.Text("at the end \uDE00").Should().Be("at the end \uFFFD");
    }

    [Theory]
    [InlineData(@"""a\u0000b""", @"""a\ufffdb""")]
    [InlineData(@"""a\\u0000b""", @"""a\\u0000b""")]
    [InlineData(@"""a\\\u0000b""", @"""a\\\ufffdb""")]
    [InlineData(@"""\ud83d\ude00""", @"""\ud83d\ude00""")]
    [InlineData(@"""\uD83D\uDE00""", @"""\uD83D\uDE00""")]
    [InlineData(@"""\ud83dx""", @"""\ufffdx""")]
    [InlineData(@"""\ude00""", @"""\ufffd""")]
    [InlineData(@"""\ud83d\ud83d\ude00""", @"""\ufffd\ud83d\ude00""")]
    [InlineData(@"""\u00e9""", @"""\u00e9""")]
    [InlineData(@"{""k\u0000"": 1}", @"{""k\ufffd"": 1}")]
    public void Json_keeps_all_escapes_that_can_be_stored(string json, string stored)
    {
        StorableText.Json(json).Should().Be(stored);
    }
}
