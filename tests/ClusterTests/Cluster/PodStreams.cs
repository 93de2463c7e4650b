using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ClusterTests.Cluster;

/// <summary>
/// What a program in a container has printed, and how it ended: each message of its channel starts with the number of its stream.
/// </summary>
internal sealed class PodStreams : IDisposable
{
    private readonly MemoryStream output = new();
    private readonly MemoryStream error = new();
    private readonly MemoryStream end = new();

    public string Output => Text(output);

    /// <summary>Whether it has ended with 0.</summary>
    public bool HasSucceeded => Status.Text("status") == "Success";

    private JsonNode? Status => end.Length == 0 ? null : JsonNode.Parse(end.ToArray());

    public void Take(byte[] message)
    {
        if (message.Length > 1)
        {
            var stream = message[0] switch { 1 => output, 2 => error, 3 => end, _ => null };
            stream?.Write(message.AsSpan(1));
        }
    }

    /// <summary>Says that it failed, with all that is known of it.</summary>
    public CliException Failure(string command) => new(command, ExitCode(Status), Text(error) + Text(output) + Text(end));

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
        end.Dispose();
    }

    private static string Text(MemoryStream stream) => Encoding.UTF8.GetString(stream.ToArray());

    private static int? ExitCode(JsonNode? status) => status.Text("reason") == "NonZeroExitCode"
        ? int.Parse(status.Text("details.causes[0].message"), CultureInfo.InvariantCulture)
        : null;
}
