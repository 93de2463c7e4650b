using System.Net.WebSockets;
using System.Text;

namespace ClusterTests.Cluster;

/// <summary>Runs programs in containers, as <c>kubectl exec</c> does.</summary>
internal static class PodProgram
{
    public const string Protocol = "v4.channel.k8s.io";

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end and returns what it printed to its standard output.</summary>
    /// <param name="pod">Path of the pod.</param>
    /// <param name="input">What it reads, none when empty. Its standard input has no end then: the program must know when to stop.</param>
    /// <exception cref="CliException">It ended with another code than 0, took too long or did not start.</exception>
    public static Task<string> RunAsync(ApiProxy api, string pod, string container, IReadOnlyList<string> command, string input)
    {
        var text = $"{string.Join(' ', command)} in {pod}";
        return WithinAsync(Usual, text, async stop =>
        {
            using var streams = new PodStreams();
            using var socket = await api.OpenAsync(PathOf(pod, container, command, input.Length > 0), Protocol, stop);
            if (input.Length > 0)
            {
                await WriteAsync(socket, input, stop);
            }

            while (await MessageAsync(socket, stop) is { } message)
            {
                streams.Take(message);
            }

            return streams.HasSucceeded ? streams.Output : throw streams.Failure(text);
        });
    }

    public static string PathOf(string pod, string container, IReadOnlyList<string> command, bool hasInput) =>
        $"{pod}/exec?container={container}&stdin={(hasInput ? "true" : "false")}&stdout=true&stderr=true"
        + string.Concat(command.Select(word => $"&command={Uri.EscapeDataString(word)}"));

    /// <summary>Writes to the program's standard input.</summary>
    public static async Task WriteAsync(WebSocket socket, string input, CancellationToken stop) =>
        await socket.SendAsync((byte[])[0, .. Encoding.UTF8.GetBytes(input)], WebSocketMessageType.Binary, endOfMessage: true, stop);

    /// <summary>A whole message; null when the server has closed the channel.</summary>
    public static async Task<byte[]?> MessageAsync(WebSocket socket, CancellationToken stop)
    {
        using var message = new MemoryStream();
        var buffer = new byte[32 * 1024];
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, stop);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);

        return message.ToArray();
    }

    /// <summary>Does something with a channel: whatever breaks it is the failure of a program.</summary>
    /// <param name="text">What the program is called.</param>
    public static async Task<T> WithinAsync<T>(TimeSpan limit, string text, Func<CancellationToken, Task<T>> work)
    {
        using var stop = new CancellationTokenSource(limit, TimeProvider.System);
        try
        {
            return await work(stop.Token);
        }
        catch (WebSocketException e)
        {
            throw new CliException(text, null, e.Message);
        }
        catch (OperationCanceledException)
        {
            throw new CliException(text, null, $"It did not end within {limit.TotalSeconds:0} s.");
        }
    }
}
