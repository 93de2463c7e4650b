using System.Text;
using FluentAssertions;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Resp;

public sealed class RespWriterTests
{
    [Fact]
    public void Writer_encodes_text_numbers_and_bytes_as_bulk_strings()
    {
        var writer = new RespWriter();

        writer.WriteArrayHeader(3);
        writer.WriteBulk("caf\u00e9");
        writer.WriteBulk(-12);
        writer.WriteBulk([0, 255]);

        writer.Written.ToArray().Should().Equal([.. "*3\r\n$5\r\ncaf\u00e9\r\n$3\r\n-12\r\n$2\r\n"u8, 0, 255, .. "\r\n"u8]);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Writer_encodes_extreme_numbers(long number)
    {
        var writer = new RespWriter();

        writer.WriteBulk(number);

        Parse(writer).AsInteger().Should().Be(number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_000)]
    [InlineData(5_000_000)]
    public void Writer_grows_with_its_content(int length)
    {
        var writer = new RespWriter();
        var content = new byte[length];
        Random.Shared.NextBytes(content);

        writer.WriteBulk(content);

        Parse(writer).AsBytes().Should().Equal(content);
    }

    [Fact]
    public void Writer_appends_behind_what_it_has()
    {
        var writer = new RespWriter();

        for (var i = 0; i < 10_000; i++)
        {
            writer.WriteRaw("+a\r\n"u8);
        }

        writer.Length.Should().Be(40_000);
        Encoding.UTF8.GetString(writer.Written.Span[^8..]).Should().Be("+a\r\n+a\r\n");
    }

    [Fact]
    public void Writer_starts_anew_after_being_cleared()
    {
        var writer = new RespWriter();
        writer.WriteBulk("first");

        writer.Clear();
        writer.WriteBulk("second");

        Parse(writer).AsString().Should().Be("second");
    }

    [Fact]
    public void Writer_takes_back_what_came_after_a_length()
    {
        var writer = new RespWriter();
        writer.WriteRaw("+a\r\n"u8);
        var before = writer.Length;
        writer.WriteRaw("+b\r\n"u8);

        writer.Truncate(before);

        Parse(writer).AsString().Should().Be("a");
    }

    [Fact]
    public void Writer_works_on_after_its_buffer_was_released()
    {
        var writer = new RespWriter();
        writer.WriteBulk("first");

        writer.Release();
        writer.WriteBulk("second");

        Parse(writer).AsString().Should().Be("second");
    }

    private static RespValue Parse(RespWriter writer)
    {
        new RespParser().TryRead(writer.Written.Span, out var consumed, out var value).Should().BeTrue();
        consumed.Should().Be(writer.Length);
        return value;
    }
}
