using System.Net.Sockets;
using System.Text;
using TaskRunner.Resp;

namespace TaskRunner.Tests.Support;

/// <summary>The server's end of one connection, in the hands of a test.</summary>
public sealed class ScriptedConnection : IDisposable
{
    private const string Redis7 = "%4\r\n+server\r\n+redis\r\n+version\r\n+7.0.15\r\n+proto\r\n:3\r\n+role\r\n+master\r\n";

    private readonly TcpClient _client;
    private readonly NetworkStream _stream;
    private readonly RespParser _parser = new();
    private readonly byte[] _buffer = new byte[4096];
    private ReadOnlyMemory<byte> _received;

    public ScriptedConnection(TcpClient client)
    {
        client.NoDelay = true;
        _client = client;
        _stream = client.GetStream();
    }

    /// <summary>The next command and its arguments.</summary>
    /// <exception cref="EndOfStreamException">The client closed the connection.</exception>
    public async Task<string[]> ReadAsync()
    {
        while (true)
        {
            var complete = _parser.TryRead(_received.Span, out var consumed, out var value);
            _received = _received[consumed..];
            if (complete)
            {
                return [.. value.Items.Select(item => item.AsString())];
            }

            var count = await _stream.ReadAsync(_buffer);
            _received = count > 0 ? _buffer.AsMemory(0, count) : throw new EndOfStreamException();
        }
    }

    public async Task SendAsync(string reply) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(reply));

    /// <summary>Sends one byte at a time.</summary>
    public async Task SendInBytesAsync(string reply)
    {
        foreach (var octet in Encoding.UTF8.GetBytes(reply))
        {
            await _stream.WriteAsync(new[] { octet });
        }
    }

    /// <summary>Answers the client's greeting like a Redis 7 without a password.</summary>
    public async Task GreetAsync()
    {
        while (true)
        {
            var command = await ReadAsync();
            await SendAsync(command switch
            {
                ["HELLO", ..] => Redis7,
                ["INFO", ..] => "$22\r\nredis_version:7.0.15\r\n\r\n",
                ["PING"] => "+PONG\r\n",
                _ => "+OK\r\n",
            });
            if (command is ["PING"])
            {
                return;
            }
        }
    }

    /// <summary>Greets, reads what comes next and does not answer it.</summary>
    public async Task IgnoreAsync()
    {
        await GreetAsync();
        await ReadAsync();
    }

    /// <summary>Greets, then answers every command with the same reply.</summary>
    public async Task AlwaysAsync(string reply)
    {
        await GreetAsync();
        while (true)
        {
            await ReadAsync();
            await SendAsync(reply);
        }
    }

    /// <summary>Closes without a goodbye.</summary>
    public void Reset()
    {
        _client.Client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _client.Dispose();
    }
}
