using System.Buffers.Text;
using System.Text;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One command, encoded when it is made; it may be sent any number of times.</summary>
internal sealed class RedisCommand : IRedisRequest
{
    private readonly byte[] _encoded;

    private RedisCommand(byte[] encoded) => _encoded = encoded;

    int IRedisRequest.Count => 1;

    /// <param name="verb">The command's name; a name of two words has its second word as first argument.</param>
    /// <param name="arguments">Its arguments, in order.</param>
    public static RedisCommand Create(string verb, params ReadOnlySpan<RedisArgument> arguments)
    {
        var writer = new RespWriter();
        writer.WriteArrayHeader(arguments.Length + 1);
        writer.WriteBulk(verb);
        foreach (ref readonly var argument in arguments)
        {
            argument.WriteTo(writer);
        }

        var command = new RedisCommand(writer.Written.ToArray());
        writer.Release();
        return command;
    }

    /// <summary>The verb and its arguments as texts, for messages.</summary>
    public IReadOnlyList<string> Words()
    {
        var words = new List<string>();
        var rest = _encoded.AsSpan();
        while (rest.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            var head = rest[..end];
            rest = rest[(end + 2)..];
            if (head[0] == (byte)'$' && Utf8Parser.TryParse(head[1..], out int length, out _))
            {
                words.Add(Encoding.UTF8.GetString(rest[..length]));
                rest = rest[(length + 2)..];
            }
        }

        return words;
    }

    public void WriteTo(RespWriter writer) => writer.WriteRaw(_encoded);
}
