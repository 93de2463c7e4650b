using System.Text;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisCommandTests
{
    [Fact]
    public void Command_is_an_array_of_bulk_strings()
    {
        var command = RedisCommand.Create("SET", "key", 42, -1L, new byte[] { (byte)'x' }, (ReadOnlyMemory<byte>)"yz"u8.ToArray());

        Encode(command).Should().Be("*6\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\n42\r\n$2\r\n-1\r\n$1\r\nx\r\n$2\r\nyz\r\n");
    }

    [Fact]
    public void Command_without_arguments_is_its_verb()
    {
        Encode(RedisCommand.Create("PING")).Should().Be("*1\r\n$4\r\nPING\r\n");
    }

    [Fact]
    public void Argument_that_was_never_set_is_an_empty_string()
    {
        Encode(RedisCommand.Create("ECHO", default(RedisArgument))).Should().Be("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n");
    }

    [Fact]
    public void Commands_of_a_list_follow_each_other()
    {
        var list = new RedisRequestList([RedisCommand.Create("PING"), RedisCommand.Create("TIME")]);

        list.Count.Should().Be(2);
        Encode(list).Should().Be("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nTIME\r\n");
    }

    private static string Encode(IRedisRequest request)
    {
        var writer = new RespWriter();
        request.WriteTo(writer);
        return Encoding.UTF8.GetString(writer.Written.Span);
    }
}
