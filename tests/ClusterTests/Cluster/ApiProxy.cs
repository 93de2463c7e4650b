using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Medallion.Shell;

namespace ClusterTests.Cluster;

/// <summary>A <c>kubectl proxy</c>: unlike <c>kubectl get --raw</c> it also shows the body of an answer that is an error.</summary>
internal sealed partial class ApiProxy : IDisposable
{
    private readonly Command command;
    private readonly HttpClient client;

    private ApiProxy(Command command, int port)
    {
        this.command = command;
        client = new HttpClient(new SocketsHttpHandler { UseProxy = false }, disposeHandler: true)
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"),
            Timeout = TimeSpan.FromSeconds(20),
        };
    }

    /// <exception cref="CliException">It did not start.</exception>
    public static async Task<ApiProxy> StartAsync(Cli kubectl)
    {
        var command = kubectl.Start(["proxy", "--port=0"]);
        var line = await command.StandardOutput.ReadLineAsync() ?? "";
        var port = Port().Match(line).Groups[1].Value;
        if (port.Length > 0)
        {
            return new ApiProxy(command, int.Parse(port, CultureInfo.InvariantCulture));
        }

        command.Kill();
        throw new CliException("kubectl proxy", null, line + await command.StandardError.ReadToEndAsync());
    }

    public async Task<(int Status, string Body)> GetAsync(string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Asks the API server to make an object.</summary>
    public async Task<(int Status, string Body)> PostAsync(string path, string manifest, string mediaType)
    {
        using var content = new StringContent(manifest, Encoding.UTF8, mediaType);
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <exception cref="HttpRequestException">The server did not delete it.</exception>
    public async Task DeleteAsync(string path)
    {
        using var response = await client.DeleteAsync(new Uri(path, UriKind.Relative));
        response.EnsureSuccessStatusCode();
    }

    public void Dispose()
    {
        client.Dispose();
        command.Kill();
    }

    [GeneratedRegex(@"127\.0\.0\.1:(\d+)")]
    private static partial Regex Port();
}
