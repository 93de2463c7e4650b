using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace TaskRunner.Kubernetes;

/// <summary>Patches annotations of this process's own pod: the one thing that its Role allows.</summary>
internal sealed class PodApi : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly PodOptions options;
    private readonly SocketsHttpHandler handler;
    private readonly HttpClient client;
    private readonly Uri pod;

    public PodApi(PodOptions options)
    {
        this.options = options;
        pod = new Uri(options.Api, $"/api/v1/namespaces/{options.Namespace}/pods/{options.Name}");
        handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Policy() },
        };
        client = new HttpClient(handler, disposeHandler: false) { Timeout = Patience };
    }

    /// <summary>Sets one annotation; others stay as they are.</summary>
    /// <exception cref="PodApiException">The API server did not answer, or refused; the message says why.</exception>
    public async Task AnnotateAsync(string name, string value, CancellationToken cancellationToken)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [name] = value } } };
        using var request = new HttpRequestMessage(HttpMethod.Patch, pod)
        {
            Content = new StringContent(patch.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/merge-patch+json")),
        };
        try
        {
            // The kubelet replaces the token before it runs out.
            var token = await File.ReadAllTextAsync(Path.Combine(options.Folder, "token"), cancellationToken);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw new PodApiException($"the API server answers {(int)response.StatusCode} {response.ReasonPhrase}{Hint((int)response.StatusCode)}");
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new PodApiException(e is OperationCanceledException ? $"the API server did not answer within {Patience.TotalSeconds:0} s" : e.Message, e);
        }
    }

    public void Dispose()
    {
        client.Dispose();
        handler.Dispose();
    }

    private static string Hint(int status) => status switch
    {
        401 => ": the token is not valid",
        403 => ": the service account may not patch pods, see rbac.create of the chart",
        404 => ": there is no such pod, see TASKRUNNER_POD_NAME and TASKRUNNER_POD_NAMESPACE",
        _ => "",
    };

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(Path.Combine(options.Folder, "ca.crt"));
        return policy;
    }
}
