using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskRunner.Tests.Support;

/// <summary>An authority and a server certificate for localhost and 127.0.0.1, as PEM files in a folder.</summary>
public sealed class TestCertificates
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(1);

    private TestCertificates(string folder)
    {
        CaFile = Path.Combine(folder, "ca.crt");
        CertificateFile = Path.Combine(folder, "server.crt");
        KeyFile = Path.Combine(folder, "server.key");
    }

    public string CaFile { get; }

    public string CertificateFile { get; }

    public string KeyFile { get; }

    /// <param name="folder">Where the files are written.</param>
    /// <param name="hostName">The host name that the certificate is for.</param>
    /// <param name="withLoopbackAddress">Whether the certificate is for 127.0.0.1 too.</param>
    public static TestCertificates Create(string folder, string hostName = "localhost", bool withLoopbackAddress = true)
    {
        var files = new TestCertificates(folder);
        var now = TimeProvider.System.GetUtcNow();
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var ca = Authority(caKey).CreateSelfSigned(now - Validity, now + Validity);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Server(key, hostName, withLoopbackAddress)
            .Create(ca, now - (Validity / 2), now + (Validity / 2), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(files.CaFile, ca.ExportCertificatePem());
        File.WriteAllText(files.CertificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(files.KeyFile, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    private static CertificateRequest Authority(ECDsa key)
    {
        var request = new CertificateRequest("CN=TaskRunner test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static CertificateRequest Server(ECDsa key, string hostName, bool withLoopbackAddress)
    {
        var request = new CertificateRequest($"CN={hostName}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(hostName);
        if (withLoopbackAddress)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
