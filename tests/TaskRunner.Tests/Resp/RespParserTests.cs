using FluentAssertions;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Resp;

public sealed class RespParserTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (encoded, meaning) in Payloads.All)
            {
                data.Add(encoded, meaning);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parser_reads_a_payload_that_arrives_whole(string encoded, string meaning)
    {
        var input = Payloads.Bytes(encoded);

        var complete = new RespParser().TryRead(input, out var consumed, out var value);

        complete.Should().BeTrue();
        consumed.Should().Be(input.Length);
        Payloads.Describe(value).Should().Be(meaning);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parser_reads_a_payload_that_arrives_in_any_two_pieces(string encoded, string meaning)
    {
        var input = Payloads.Bytes(encoded);
        for (var split = 1; split < input.Length; split++)
        {
            var values = ReadAll([input[..split], input[split..]]);

            values.Select(Payloads.Describe).Should().Equal([meaning], "it was split at {0}", split);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parser_reads_a_payload_that_arrives_in_single_bytes(string encoded, string meaning)
    {
        var values = ReadAll([.. Payloads.Bytes(encoded).Select(octet => new[] { octet })]);

        values.Select(Payloads.Describe).Should().Equal(meaning);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Parser_reads_nothing_from_a_payload_without_its_last_byte(string encoded, string meaning)
    {
        var input = Payloads.Bytes(encoded)[..^1];

        var complete = new RespParser().TryRead(input, out var consumed, out _);

        complete.Should().BeFalse("{0} is not complete", meaning);
        consumed.Should().Be(input.Length);
    }

    [Fact]
    public void Parser_leaves_the_bytes_of_the_next_value_alone()
    {
        var complete = new RespParser().TryRead("+a\r\n:1\r\n"u8, out var consumed, out var value);

        complete.Should().BeTrue();
        consumed.Should().Be(4);
        value.AsString().Should().Be("a");
    }

    [Fact]
    public void Parser_reads_all_payloads_one_behind_the_other_in_pieces_of_every_length()
    {
        var stream = Payloads.Bytes(string.Concat(Payloads.All.Select(payload => payload.Encoded)));
        for (var length = 1; length <= 64; length++)
        {
            var values = ReadAll([.. stream.Chunk(length)]);

            values.Select(Payloads.Describe).Should().Equal(Payloads.All.Select(payload => payload.Meaning), "pieces had {0} bytes", length);
        }
    }

    [Fact]
    public void Parser_reads_bytes_that_are_no_text()
    {
        var content = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        byte[] input = [.. "$256\r\n"u8, .. content, .. "\r\n"u8];

        new RespParser().TryRead(input, out _, out var value);

        value.AsBytes().Should().Equal(content);
    }

    [Fact]
    public void Parser_reads_a_bulk_string_larger_than_its_first_allocation()
    {
        var content = new byte[(3 * 1024 * 1024) + 7];
        Random.Shared.NextBytes(content);
        byte[] input = [.. Payloads.Bytes($"${content.Length}\r\n"), .. content, .. "\r\n"u8];

        var values = ReadAll([.. input.Chunk(64 * 1024)]);

        values.Single().AsBytes().Should().Equal(content);
    }

    [Fact]
    public void Parser_reads_an_array_larger_than_its_first_allocation()
    {
        var input = Payloads.Bytes("*5000\r\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $":{i}\r\n")));

        var values = ReadAll([.. input.Chunk(1000)]);

        values.Single().Items.Select(item => item.AsInteger()).Should().Equal(Enumerable.Range(0, 5000).Select(i => (long)i));
    }

    private static List<RespValue> ReadAll(IEnumerable<byte[]> pieces)
    {
        var parser = new RespParser();
        var values = new List<RespValue>();
        foreach (var piece in pieces)
        {
            ReadOnlySpan<byte> rest = piece;
            while (parser.TryRead(rest, out var consumed, out var value))
            {
                values.Add(value);
                rest = rest[consumed..];
            }
        }

        return values;
    }
}
