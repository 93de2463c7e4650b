using System.Net.Security;
using TaskRunner.Tls;

namespace TaskRunner.Database;

/// <summary>How the connections of some options are encrypted, and what in the options contradicts itself.</summary>
internal static class DatabaseEncryption
{
    /// <summary>The mode that results from <c>sslmode</c> and the CA file. As in libpq, a Unix socket is never encrypted.</summary>
    public static DatabaseTls Mode(DatabaseOptions options) => (options.Tls, options.CaFile) switch
    {
        _ when options.IsSocket => DatabaseTls.Disable,
        (null, null) => DatabaseTls.Prefer,
        (null, _) => DatabaseTls.VerifyFull,
        (DatabaseTls.Require, not null) => DatabaseTls.VerifyCa,
        ({ } tls, _) => tls,
    };

    /// <summary>Contradictions between the options: the ends of sentences.</summary>
    public static IEnumerable<(string Option, string Mistake)> Contradictions(DatabaseOptions options)
    {
        if (options.CaFile is not null && options.Tls is DatabaseTls.Disable or DatabaseTls.Allow or DatabaseTls.Prefer)
        {
            yield return (nameof(options.CaFile), $"is given, and sslmode={DatabaseTlsName.Of(options.Tls.Value)} verifies no certificate: use require, verify-ca or verify-full, or remove the CA file.");
        }

        if (options.CertificateFile is not null && options.Tls == DatabaseTls.Disable)
        {
            yield return (nameof(options.CertificateFile), "is given, and sslmode=disable shows no certificate: use require, verify-ca or verify-full, or remove the certificate.");
        }

        if (options.KeyFile is not null && options.CertificateFile is null)
        {
            yield return (nameof(options.KeyFile), "is given without a certificate: give both, or neither.");
        }

        if (options.Tls == DatabaseTls.Disable && options.Driver.GetValueOrDefault("Channel Binding") == "Require")
        {
            yield return (nameof(options.Driver), "has channel_binding=require, which needs encryption, and sslmode=disable.");
        }

        if (options.Tls is null or DatabaseTls.Disable or DatabaseTls.Allow or DatabaseTls.Prefer && options.CaFile is null && options.Driver.GetValueOrDefault("SSL Negotiation") == "Direct")
        {
            yield return (nameof(options.Driver), "has sslnegotiation=direct, which needs sslmode=require, verify-ca or verify-full.");
        }
    }

    /// <summary>Sets up one handshake; files are read now.</summary>
    /// <exception cref="CertificateFileException">A file cannot be used; the message says why.</exception>
    public static void SetUp(SslClientAuthenticationOptions handshake, DatabaseOptions options)
    {
        var mode = Mode(options);
        var host = options.OtherHosts.Count == 0 || string.IsNullOrEmpty(handshake.TargetHost) ? options.Host : handshake.TargetHost;
        if (mode is DatabaseTls.VerifyCa or DatabaseTls.VerifyFull)
        {
            handshake.CertificateChainPolicy = ServerCertificate.Policy(options.CaFile);
            handshake.RemoteCertificateValidationCallback = ServerCertificate.Judge(host, mode == DatabaseTls.VerifyFull, options.CaFile);
        }
        else
        {
#pragma warning disable CA5359 // These modes promise no verification.
            handshake.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        if (options.CertificateFile is { } file)
        {
            handshake.ClientCertificateContext = CertificateFiles.Client(file, options.KeyFile);
        }
    }
}
