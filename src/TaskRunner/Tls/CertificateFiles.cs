using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace TaskRunner.Tls;

/// <summary>Reads files with certificates; every connection reads them again, so that rotated ones need no restart.</summary>
internal static class CertificateFiles
{
    private const string NoCertificate = "holds no certificate: it must be a PEM file";

    /// <summary>The authorities of a PEM or DER file, or of all files of a folder but hidden ones.</summary>
    /// <exception cref="CertificateFileException">It cannot be read, or a file holds no certificate.</exception>
    public static X509Certificate2Collection Authorities(string path)
    {
        if (!Directory.Exists(path))
        {
            return Certificates(path);
        }

        var authorities = new X509Certificate2Collection();
        try
        {
            foreach (var file in Directory.EnumerateFiles(path).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal))
            {
                authorities.AddRange(Certificates(file));
            }
        }
        catch (CertificateFileException e)
        {
            throw new CertificateFileException(path, $"is a folder, and its file '{Path.GetFileName(e.File)}' {e.Reason}", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new CertificateFileException(path, "is a folder that cannot be read", e);
        }

        return authorities.Count > 0 ? authorities : throw new CertificateFileException(path, "is a folder without certificates");
    }

    private static X509Certificate2Collection Certificates(string file)
    {
        var bytes = Read(file);
        var authorities = new X509Certificate2Collection();
        try
        {
            if (IsPem(bytes))
            {
                authorities.ImportFromPem(Encoding.UTF8.GetString(bytes));
            }
            else if (bytes.Length > 0)
            {
                authorities.Add(X509CertificateLoader.LoadCertificate(bytes));
            }
        }
        catch (CryptographicException e)
        {
            throw new CertificateFileException(file, IsPem(bytes) ? "holds a broken certificate" : NoCertificate, e);
        }

        return authorities.Count > 0 ? authorities : throw new CertificateFileException(file, NoCertificate);
    }

    /// <summary>The certificate to show to a server, with the intermediates that stand behind it in the file.</summary>
    /// <param name="certificateFile">PEM file of the certificate.</param>
    /// <param name="keyFile">PEM file of its private key; null when the key is in the same file.</param>
    /// <exception cref="CertificateFileException">One of them cannot be read, or they do not belong together.</exception>
    public static SslStreamCertificateContext Client(string certificateFile, string? keyFile)
    {
        var chain = Certificates(certificateFile);
        var key = Encoding.UTF8.GetString(Read(keyFile ?? certificateFile));
        RefuseUnusable(keyFile ?? certificateFile, key);
        try
        {
#pragma warning disable CA2000 // The context holds it as long as the connection lives.
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key), chain, offline: true);
#pragma warning restore CA2000
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateFileException(keyFile ?? certificateFile, $"holds a broken private key, or one that does not belong to the certificate in '{certificateFile}'", e);
        }
    }

    private static void RefuseUnusable(string file, string pem)
    {
        if (pem.Contains("ENCRYPTED PRIVATE KEY", StringComparison.Ordinal) || pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CertificateFileException(file, "holds a private key with a passphrase: store it without one");
        }

        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new CertificateFileException(file, "holds no private key: it must be a PEM file");
        }
    }

    private static bool IsPem(byte[] bytes) => bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0;

    private static byte[] Read(string file)
    {
        try
        {
            return BoundedFile.ReadAllBytes(file, BoundedFile.Small);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CertificateFileException(file, "does not exist", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException)
        {
            throw new CertificateFileException(file, Directory.Exists(file) ? "is a folder" : "cannot be read: permission denied", e);
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new CertificateFileException(file, "cannot be read", e);
        }
    }
}
