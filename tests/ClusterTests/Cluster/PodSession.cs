using System.Net.WebSockets;

namespace ClusterTests.Cluster;

/// <summary>A program in a container that answers again and again: starting one for each question costs more than the answers.</summary>
internal sealed class PodSession : IDisposable
{
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket socket;
    private readonly string text;

    private PodSession(ClientWebSocket socket, string text)
    {
        this.socket = socket;
        this.text = text;
    }

    /// <summary>Starts the program.</summary>
    /// <param name="pod">Path of the pod.</param>
    /// <exception cref="CliException">It did not start.</exception>
    public static Task<PodSession> OpenAsync(ApiProxy api, string pod, string container, IReadOnlyList<string> command)
    {
        var text = $"{string.Join(' ', command)} in {pod}";
        return PodProgram.WithinAsync(Usual, text, async stop =>
        {
            var path = PodProgram.PathOf(pod, container, command, hasInput: true);
            return new PodSession(await api.OpenAsync(path, PodProgram.Protocol, stop), text);
        });
    }

    /// <summary>Writes to the program and returns what it prints before a line of its own.</summary>
    /// <param name="last">The line with which the answer ends, which the input makes it print.</param>
    /// <param name="within">Time that the answer may take; a minute when not given.</param>
    /// <exception cref="CliException">It ended, or did not answer: the session must not be used again.</exception>
    public Task<string> AskAsync(string input, string last, TimeSpan? within = null) =>
        PodProgram.WithinAsync(within ?? Usual, text, stop => AskAsync(input, last, stop));

    public void Dispose() => socket.Dispose();

    private async Task<string> AskAsync(string input, string last, CancellationToken stop)
    {
        using var streams = new PodStreams();
        await PodProgram.WriteAsync(socket, input, stop);
        while (await PodProgram.MessageAsync(socket, stop) is { } message)
        {
            streams.Take(message);
            if (streams.Output is var output && (output == $"{last}\n" || output.EndsWith($"\n{last}\n", StringComparison.Ordinal)))
            {
                return output[..^(last.Length + 1)];
            }
        }

        throw streams.Failure(text);
    }
}
