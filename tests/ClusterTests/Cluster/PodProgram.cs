using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>Runs programs in containers, as <c>kubectl exec</c> does: each message starts with the number of its stream.</summary>
internal static class PodProgram
{
    private const string Protocol = "v4.channel.k8s.io";
    private const byte StandardInput = 0;
    private const byte StandardOutput = 1;
    private const byte StandardError = 2;
    private const byte End = 3;

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end and returns what it printed to its standard output.</summary>
    /// <param name="pod">Path of the pod.</param>
    /// <param name="input">What it reads, none when empty. Its standard input has no end then: the program must know when to stop.</param>
    /// <exception cref="CliException">It ended with another code than 0, took too long or did not start.</exception>
    public static async Task<string> RunAsync(ApiProxy api, string pod, string container, IReadOnlyList<string> command, string input)
    {
        var text = $"{string.Join(' ', command)} in {pod}";
        var query = string.Concat(command.Select(word => $"&command={Uri.EscapeDataString(word)}"));
        using var stop = new CancellationTokenSource(Usual, TimeProvider.System);
        try
        {
            var path = $"{pod}/exec?container={container}&stdin={(input.Length > 0 ? "true" : "false")}&stdout=true&stderr=true{query}";
            using var socket = await api.OpenAsync(path, Protocol, stop.Token);
            if (input.Length > 0)
            {
                byte[] message = [StandardInput, .. Encoding.UTF8.GetBytes(input)];
                await socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, stop.Token);
            }

            return await ReadAsync(socket, text, stop.Token);
        }
        catch (WebSocketException e)
        {
            throw new CliException(text, null, e.Message);
        }
        catch (OperationCanceledException)
        {
            throw new CliException(text, null, $"It did not end within {Usual.TotalSeconds:0} s.");
        }
    }

    private static async Task<string> ReadAsync(WebSocket socket, string text, CancellationToken stop)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var end = new MemoryStream();
        while (await MessageAsync(socket, stop) is { } message)
        {
            if (message.Length > 1 && StreamOf(message[0]) is { } stream)
            {
                stream.Write(message.AsSpan(1));
            }
        }

        var status = end.Length == 0 ? null : JsonNode.Parse(end.ToArray());
        return status.Text("status") == "Success"
            ? Text(output)
            : throw new CliException(text, ExitCode(status), Text(error) + Text(output) + Text(end));

        MemoryStream? StreamOf(byte number) => number switch { StandardOutput => output, StandardError => error, End => end, _ => null };

        static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>A whole message; null when the server has closed the channel.</summary>
    private static async Task<byte[]?> MessageAsync(WebSocket socket, CancellationToken stop)
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

    private static int? ExitCode(JsonNode? status) => status.Text("reason") == "NonZeroExitCode"
        ? int.Parse(status.Text("details.causes[0].message"), CultureInfo.InvariantCulture)
        : null;
}
