using FluentAssertions;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Resp;

public sealed class RespParserErrorTests
{
    private static readonly RespLimits Small = new() { Depth = 3, LineLength = 20, BulkLength = 10, Elements = 4 };

    [Theory]
    [InlineData("hello\r\n")]
    [InlineData("\r\n")]
    [InlineData("\0\r\n")]
    [InlineData(":\r\n")]
    [InlineData(":12a\r\n")]
    [InlineData(":1 \r\n")]
    [InlineData(":9223372036854775808\r\n")]
    [InlineData("+OK\n")]
    [InlineData("#x\r\n")]
    [InlineData("#\r\n")]
    [InlineData("#tt\r\n")]
    [InlineData("_x\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$x\r\n")]
    [InlineData("$\r\n")]
    [InlineData("$?\r\n")]
    [InlineData("*-2\r\n")]
    [InlineData("*x\r\n")]
    [InlineData("*?\r\n")]
    [InlineData("%-1\r\n")]
    [InlineData("~-1\r\n")]
    [InlineData("!-1\r\n")]
    [InlineData("=-1\r\n")]
    [InlineData("=3\r\ntxt\r\n")]
    [InlineData("=5\r\ntext:\r\n")]
    [InlineData("$3\r\nabcd\r\n")]
    [InlineData("$3\r\nabc\n\r")]
    [InlineData("$3\r\nabc\rx")]
    [InlineData("*1\r\n>1\r\n+x\r\n")]
    [InlineData("*1\r\nx\r\n")]
    public void Parser_rejects_what_is_not_RESP(string encoded)
    {
        var read = () => new RespParser().TryRead(Payloads.Bytes(encoded), out _, out _);

        read.Should().Throw<RespProtocolException>();
    }

    [Theory]
    [InlineData("$11\r\n", "BulkString of 11 bytes is outside 0 to 10")]
    [InlineData("!11\r\n", "BulkError of 11 bytes is outside 0 to 10")]
    [InlineData("*5\r\n", "Array of 5 elements breaks the limit of 4")]
    [InlineData("%3\r\n", "Map of 3 elements breaks the limit of 4")]
    [InlineData("*9223372036854775807\r\n", "A line is longer than 20 bytes")]
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n", "A reply is nested deeper than 3")]
    [InlineData("+012345678901234567890", "A line is longer than 20 bytes")]
    public void Parser_rejects_what_breaks_a_limit(string encoded, string message)
    {
        var read = () => new RespParser(Small).TryRead(Payloads.Bytes(encoded), out _, out _);

        read.Should().Throw<RespProtocolException>().WithMessage(message);
    }

    [Theory]
    [InlineData("$10\r\n0123456789\r\n")]
    [InlineData("*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n")]
    [InlineData("%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n")]
    [InlineData("*1\r\n*1\r\n*1\r\n:1\r\n")]
    [InlineData("*1\r\n*1\r\n*1\r\n*0\r\n")]
    public void Parser_reads_what_just_meets_a_limit(string encoded)
    {
        new RespParser(Small).TryRead(Payloads.Bytes(encoded), out _, out _).Should().BeTrue();
    }

    [Fact]
    public void Parser_rejects_a_line_that_grows_over_the_limit_in_pieces()
    {
        var parser = new RespParser(Small);
        parser.TryRead("+0123456789"u8, out _, out _);

        var read = () => parser.TryRead("0123456789"u8, out _, out _);

        read.Should().Throw<RespProtocolException>();
    }

    [Fact]
    public void Parser_allocates_little_for_a_length_without_its_bytes()
    {
        var parser = new RespParser();
        var before = GC.GetAllocatedBytesForCurrentThread();

        parser.TryRead("*1000000\r\n*1000000\r\n*1000000\r\n$200000000\r\n"u8, out _, out _);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(2 * 1024 * 1024);
    }

    [Fact]
    public void Protocol_error_shows_the_start_of_the_line_without_control_characters()
    {
        var read = () => new RespParser().TryRead("HTTP/1.1 400\tBad Request and a long text behind it\r\n"u8, out _, out _);

        read.Should().Throw<RespProtocolException>().WithMessage("Not RESP: 'HTTP/1.1 400?Bad Request and a long text'");
    }
}
