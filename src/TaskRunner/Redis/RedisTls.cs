using System.Net.Security;
using TaskRunner.Tls;

namespace TaskRunner.Redis;

/// <summary>Whom to trust on a TLS connection, and which certificate to show. The server's certificate must name the host that was asked for.</summary>
internal static class RedisTls
{
    /// <exception cref="CertificateFileException">A file cannot be used; the message says why.</exception>
    public static SslClientAuthenticationOptions ClientOptions(RedisOptions options) => new()
    {
        TargetHost = options.Host,
        CertificateChainPolicy = ServerCertificate.Policy(options.CaFile),
        RemoteCertificateValidationCallback = ServerCertificate.Judge(options.Host, checksName: true, options.CaFile),
        ClientCertificateContext = options.CertificateFile is { } file ? CertificateFiles.Client(file, options.KeyFile) : null,
    };
}
