using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Medallion.Shell;

namespace ClusterTests.Cluster;

/// <summary>
/// The API of the cluster, by way of a <c>kubectl proxy</c>: it logs in to whatever cluster KUBECONFIG names, and a call through it takes a
/// small part of the processor time that a kubectl takes. It listens on a socket that only this user can reach.
/// </summary>
internal sealed class ApiProxy : IDisposable
{
    // The proxy answers to the name of this host only.
    private const string Host = "localhost";

    private readonly Command command;
    private readonly DirectoryInfo folder;
    private readonly HttpClient client;

    private ApiProxy(Command command, DirectoryInfo folder, string socket)
    {
        this.command = command;
        this.folder = folder;
        var handler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, stop) => ConnectAsync(socket, stop) };
        client = new HttpClient(handler, disposeHandler: true)
        {
            BaseAddress = new Uri($"http://{Host}"),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    /// <exception cref="CliException">It did not start.</exception>
    public static async Task<ApiProxy> StartAsync(Cli kubectl)
    {
        var folder = Directory.CreateTempSubdirectory("taskrunner-api-");
        var socket = Path.Combine(folder.FullName, "socket");

        // Without the option it refuses to run programs in pods.
        var command = kubectl.StartBound(["proxy", $"--unix-socket={socket}", "--reject-paths=^$"]);
        var line = await command.StandardOutput.ReadLineAsync() ?? "";
        if (line.Contains(socket, StringComparison.Ordinal))
        {
            return new ApiProxy(command, folder, socket);
        }

        command.StandardInput.Close();
        folder.Delete(recursive: true);
        throw new CliException("kubectl proxy", null, line + await command.StandardError.ReadToEndAsync());
    }

    public Task<(int Status, string Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    /// <summary>What the server answers, which must not be an error.</summary>
    /// <exception cref="HttpRequestException">It was one: tells what the server said.</exception>
    public async Task<JsonNode> ReadAsync(string path) => JsonNode.Parse(Good(path, await GetAsync(path)))!;

    /// <summary>Asks the API server to make an object.</summary>
    public Task<(int Status, string Body)> PostAsync(string path, string manifest, string mediaType) =>
        SendAsync(HttpMethod.Post, path, Content(manifest, mediaType));

    /// <summary>Changes some fields of an object.</summary>
    /// <exception cref="HttpRequestException">The server did not change it.</exception>
    public async Task PatchAsync(string path, JsonNode fields) =>
        Good(path, await SendAsync(HttpMethod.Patch, path, Content(fields.ToJsonString(), "application/merge-patch+json")));

    /// <param name="options">Fields of <c>DeleteOptions</c>.</param>
    /// <exception cref="HttpRequestException">The server did not delete it.</exception>
    public async Task DeleteAsync(string path, JsonNode? options = null) =>
        Good(path, await SendAsync(HttpMethod.Delete, path, options is null ? null : Content(options.ToJsonString(), "application/json")));

    /// <summary>Opens a channel, as for a program that runs in a pod.</summary>
    /// <exception cref="WebSocketException">The server did not open it.</exception>
    public async Task<ClientWebSocket> OpenAsync(string path, string protocol, CancellationToken stop)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.AddSubProtocol(protocol);
            await socket.ConnectAsync(new Uri($"ws://{Host}{path}"), client, stop);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        client.Dispose();
        command.StandardInput.Close();
        folder.Delete(recursive: true);
    }

    private async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        try
        {
            using var response = await client.SendAsync(request);
            return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (TaskCanceledException e)
        {
            throw new HttpRequestException($"{path} was not answered within {client.Timeout.TotalSeconds:0} s.", e);
        }
    }

    private static StringContent Content(string text, string mediaType) => new(text, Encoding.UTF8, mediaType);

    private static string Good(string path, (int Status, string Body) answer) =>
        answer.Status is >= 200 and < 300 ? answer.Body : throw new HttpRequestException($"{path}: {answer.Status} {answer.Body.Trim()}");

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
