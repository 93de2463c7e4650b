using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TaskRunner.Tests.Support;

/// <summary>An authority that makes certificates for servers and clients, as PEM files in a folder of its own.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 root;

    public TestAuthority(string name = "TaskRunner test authority")
    {
        Folder = Directory.CreateTempSubdirectory("taskrunner-ca-").FullName;
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        root = request.CreateSelfSigned(Now.AddDays(-10), Now.AddDays(10));
        CaFile = Write("ca.pem", root.ExportCertificatePem());
    }

    public string Folder { get; }

    public string CaFile { get; }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public byte[] Der => root.RawData;

    /// <summary>Writes a file into the folder.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Makes a certificate for a name, and for 127.0.0.1 where the name is localhost.</summary>
    /// <returns>The files of certificate and key.</returns>
    public (string Certificate, string Key) Issue(string name, bool isExpired = false)
    {
        using var secret = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", secret, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        if (name == "localhost")
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, Now.AddDays(-5), Now.AddDays(isExpired ? -1 : 5), RandomNumberGenerator.GetBytes(8));
        var suffix = isExpired ? "-expired" : "";
        return (Write($"{name}{suffix}.crt", certificate.ExportCertificatePem()), Write($"{name}{suffix}.key", secret.ExportPkcs8PrivateKeyPem()));
    }

    public void Dispose()
    {
        root.Dispose();
        key.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
