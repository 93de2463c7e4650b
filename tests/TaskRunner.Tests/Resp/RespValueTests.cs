using FluentAssertions;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Resp;

public sealed class RespValueTests
{
    [Theory]
    [InlineData(":42\r\n", 42)]
    [InlineData("$2\r\n42\r\n", 42)]
    [InlineData("+-3\r\n", -3)]
    [InlineData("#t\r\n", 1)]
    public void Number_is_read_from_every_type_that_holds_one(string encoded, long expected)
    {
        Read(encoded).AsInteger().Should().Be(expected);
    }

    [Theory]
    [InlineData(",3.5\r\n", 3.5)]
    [InlineData("$3\r\n3.5\r\n", 3.5)]
    [InlineData(":3\r\n", 3)]
    [InlineData(",inf\r\n", double.PositiveInfinity)]
    [InlineData(",-inf\r\n", double.NegativeInfinity)]
    [InlineData(",nan\r\n", double.NaN)]
    public void Double_is_read_from_every_type_that_holds_one(string encoded, double expected)
    {
        Read(encoded).AsDouble().Should().Be(expected);
    }

    [Theory]
    [InlineData(":42\r\n", "42")]
    [InlineData("#f\r\n", "0")]
    [InlineData("$2\r\nab\r\n", "ab")]
    [InlineData(",1.5\r\n", "1.5")]
    public void Text_is_read_from_every_scalar(string encoded, string expected)
    {
        Read(encoded).AsString().Should().Be(expected);
    }

    [Theory]
    [InlineData("*0\r\n")]
    [InlineData("_\r\n")]
    [InlineData("$2\r\nab\r\n")]
    [InlineData("-ERR no\r\n")]
    public void Reading_a_number_from_something_else_is_a_protocol_error(string encoded)
    {
        var read = () => Read(encoded).AsInteger();

        read.Should().Throw<RespProtocolException>().WithMessage("Expected an integer, got *");
    }

    [Fact]
    public void Reading_text_from_null_is_a_protocol_error()
    {
        var read = () => RespValue.Null.AsString();

        read.Should().Throw<RespProtocolException>().WithMessage("Expected a string, got Null");
    }

    [Fact]
    public void Reading_items_from_text_is_a_protocol_error()
    {
        var read = () => Read("+OK\r\n").Items;

        read.Should().Throw<RespProtocolException>().WithMessage("Expected an array, got SimpleString");
    }

    [Fact]
    public void Null_has_no_items()
    {
        RespValue.Null.Items.Should().BeEmpty();
    }

    [Fact]
    public void Value_that_was_never_set_is_null()
    {
        default(RespValue).IsNull.Should().BeTrue();
    }

    [Theory]
    [InlineData("-NOSCRIPT No matching script\r\n", "NOSCRIPT")]
    [InlineData("-ERR unknown command 'X'\r\n", "ERR")]
    [InlineData("-WRONGPASS\r\n", "WRONGPASS")]
    [InlineData("-something went wrong\r\n", "ERR")]
    [InlineData("!9\r\nOOM a b c\r\n", "OOM")]
    [InlineData("+NOSCRIPT No matching script\r\n", "")]
    public void Error_code_is_the_first_word_when_it_is_one(string encoded, string code)
    {
        Read(encoded).ErrorCode.Should().Be(code);
    }

    [Fact]
    public void Error_message_contains_the_code()
    {
        Read("-ERR no such key\r\n").ErrorMessage.Should().Be("ERR no such key");
    }

    [Theory]
    [InlineData("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n")]
    [InlineData("*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n")]
    public void Value_is_found_by_its_key_in_a_map_and_in_its_flat_form(string encoded)
    {
        var map = Read(encoded);

        map.Find("b").AsInteger().Should().Be(2);
        map.Find("c").IsNull.Should().BeTrue();
    }

    [Fact]
    public void Value_shows_itself_for_the_log()
    {
        Read("*3\r\n+a\r\n_\r\n*1\r\n:1\r\n").ToString().Should().Be("[a, null, [1]]");
    }

    private static RespValue Read(string encoded)
    {
        new RespParser().TryRead(Payloads.Bytes(encoded), out _, out var value).Should().BeTrue();
        return value;
    }
}
