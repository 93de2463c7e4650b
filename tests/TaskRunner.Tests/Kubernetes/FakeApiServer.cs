using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner.Kubernetes;
using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Kubernetes;

/// <summary>An API server that keeps what it is told, and answers with the status that a test sets.</summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-").FullName;
    private readonly WebApplication application;

    private FakeApiServer()
    {
        var certificates = TestCertificates.Create(folder);
        Token = "first-token";
        using var pem = X509Certificate2.CreateFromPemFile(certificates.CertificateFile, certificates.KeyFile);
        var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
            options.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        application = builder.Build();
        application.Run(AnswerAsync);
    }

    internal sealed record Patch(string Method, string Path, string? ContentType, string? Authorization, string Body);

    public ConcurrentQueue<Patch> Patches { get; } = new();

    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    /// <summary>What the file of the token holds.</summary>
    public string Token
    {
        set => File.WriteAllText(Path.Combine(folder, "token"), value + "\n");
    }

    public PodOptions Pod => new("tasks", "worker-1", new Uri(Address), folder);

    private string Address => application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public static async Task<FakeApiServer> StartAsync()
    {
        var server = new FakeApiServer();
        await server.application.StartAsync();
        return server;
    }

    /// <summary>Another authority than the one that signed the server's certificate takes the place of the file.</summary>
    public void Distrust()
    {
        var other = Directory.CreateDirectory(Path.Combine(folder, "other")).FullName;
        File.Copy(TestCertificates.Create(other).CaFile, Path.Combine(folder, "ca.crt"), overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body);
        Patches.Enqueue(new Patch(
            context.Request.Method, context.Request.Path, context.Request.ContentType, context.Request.Headers.Authorization, await body.ReadToEndAsync()));
        context.Response.StatusCode = (int)Status;
    }
}
