using System.Net.Sockets;
using System.Text;

namespace TaskRunner.FaultTests.Support;

/// <summary>A connection of the operator's, without what makes a client leave a server that cannot serve.</summary>
internal sealed class RedisAdmin(string url) : IDisposable
{
    private readonly TcpClient client = new("127.0.0.1", new Uri(url).Port);
    private readonly byte[] buffer = new byte[64 * 1024];

    /// <summary>Sends commands one after the other, as a person types them.</summary>
    /// <returns>The last reply, as it comes over the wire.</returns>
    public string Send(params IReadOnlyList<string> commands)
    {
        var reply = "";
        foreach (var command in commands)
        {
            client.GetStream().Write(Encoding.UTF8.GetBytes(command + "\r\n"));
            reply = Encoding.UTF8.GetString(buffer, 0, client.GetStream().Read(buffer));
        }

        return reply;
    }

    public void Dispose() => client.Dispose();
}
