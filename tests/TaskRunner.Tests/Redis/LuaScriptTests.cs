using System.Text;
using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class LuaScriptTests
{
    private static readonly LuaScript One = new("one.lua", "return 1");
    private static readonly LuaScript Two = new("two.lua", "return 2");

    [Fact]
    public void Script_is_named_by_the_hash_of_its_source()
    {
        One.Sha1.Should().Be("e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
    }

    [Fact]
    public void Missing_resource_is_named_in_the_exception()
    {
        var load = () => LuaScript.Load("missing.lua");

        load.Should().Throw<InvalidOperationException>().WithMessage("*missing.lua*");
    }

    [Fact]
    public void Call_is_sent_by_hash_with_its_keys_counted()
    {
        var calls = LuaCallList.ByHash([new LuaCall(One, ["k1", "k2"], [7])]);

        Encode(calls).Should().Be($"*6\r\n$7\r\nEVALSHA\r\n$40\r\n{One.Sha1}\r\n$1\r\n2\r\n$2\r\nk1\r\n$2\r\nk2\r\n$1\r\n7\r\n");
    }

    [Fact]
    public void Only_the_calls_that_the_server_did_not_know_are_repeated()
    {
        var calls = LuaCallList.ByHash([Call(One), Call(Two), Call(One)]);

        var unknown = calls.Unknown([RespValue.Integer(1), NoScript, RespValue.Integer(1)]);

        Encode(unknown!).Should().Be("*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 2\r\n$1\r\n0\r\n");
    }

    [Fact]
    public void Source_of_a_script_travels_once()
    {
        var calls = LuaCallList.ByHash([Call(One), Call(One), Call(Two)]);

        var unknown = Encode(calls.Unknown([NoScript, NoScript, NoScript])!);

        unknown.Should().Be(
            "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n$1\r\n0\r\n"
            + $"*3\r\n$7\r\nEVALSHA\r\n$40\r\n{One.Sha1}\r\n$1\r\n0\r\n"
            + "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 2\r\n$1\r\n0\r\n");
    }

    [Fact]
    public void Nothing_is_repeated_when_the_server_knew_every_script()
    {
        var calls = LuaCallList.ByHash([Call(One), Call(Two)]);

        calls.Unknown([RespValue.Integer(1), RespValue.Text(RespType.SimpleError, "ERR NOSCRIPT is only mentioned")]).Should().BeNull();
    }

    [Fact]
    public void Replies_of_the_second_round_take_the_places_of_the_unknown()
    {
        RespValue[] replies = [RespValue.Integer(1), NoScript, RespValue.Integer(3), NoScript];

        LuaCallList.Merge(replies, [RespValue.Integer(2), RespValue.Integer(4)]);

        replies.Select(reply => reply.AsInteger()).Should().Equal(1, 2, 3, 4);
    }

    private static RespValue NoScript => RespValue.Text(RespType.SimpleError, "NOSCRIPT No matching script.");

    private static LuaCall Call(LuaScript script) => new(script, [], []);

    private static string Encode(LuaCallList request)
    {
        var writer = new RespWriter();
        request.WriteTo(writer);
        return Encoding.UTF8.GetString(writer.Written.Span);
    }
}
