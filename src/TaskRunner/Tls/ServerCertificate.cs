using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskRunner.Tls;

/// <summary>Decides whether a server's certificate is accepted, and says why not.</summary>
internal static class ServerCertificate
{
    /// <summary>Whom to trust: the authorities of a file, or, without one, those of the system.</summary>
    /// <exception cref="CertificateFileException">The file cannot be used.</exception>
    public static X509ChainPolicy? Policy(string? caFile)
    {
        if (caFile is null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(CertificateFiles.Authorities(caFile));
        return policy;
    }

    /// <summary>Accepts a certificate of a trusted authority that names the host; anything else ends the handshake with a <see cref="TlsException"/>.</summary>
    /// <param name="host">Name or address that was asked for.</param>
    /// <param name="checksName">False accepts a certificate for any host.</param>
    /// <param name="caFile">File of the authorities that are trusted, for the message.</param>
    public static RemoteCertificateValidationCallback Judge(string host, bool checksName, string? caFile) => (_, certificate, chain, errors) =>
    {
        if (certificate is not X509Certificate2 server || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            throw new TlsException("the server sent no certificate");
        }

        var reasons = new List<string>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            reasons.AddRange(Reasons(server, chain, caFile));
        }

        if (checksName && !server.MatchesHostname(host))
        {
            reasons.Add($"its certificate is for {Names(server)} and not for {host}");
        }

        return reasons.Count == 0 ? true : throw new TlsException(string.Join("; ", reasons));
    };

    private static IEnumerable<string> Reasons(X509Certificate2 server, X509Chain? chain, string? caFile)
    {
        var flags = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            var outdated = chain!.ChainElements.Select(element => element.Certificate).FirstOrDefault(IsOutdated) ?? server;
            yield return Validity(outdated, outdated.Equals(server) ? "its certificate" : "the certificate of its authority");
        }

        if ((flags & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            yield return caFile is null
                ? $"the authority of its certificate, {server.Issuer}, is unknown to this system: name its CA file"
                : $"the authority of its certificate, {server.Issuer}, is not in the CA file '{caFile}'";
        }

        const X509ChainStatusFlags Told = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        if ((flags & ~Told) != 0 || flags == X509ChainStatusFlags.NoError)
        {
            yield return $"its certificate is not valid ({flags & ~Told})";
        }
    }

    private static bool IsOutdated(X509Certificate2 certificate) =>
        certificate.NotAfter.ToUniversalTime() < Now || certificate.NotBefore.ToUniversalTime() > Now;

    private static string Validity(X509Certificate2 certificate, string what) => certificate.NotBefore.ToUniversalTime() > Now
        ? string.Create(CultureInfo.InvariantCulture, $"{what} is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC: check the clocks")
        : string.Create(CultureInfo.InvariantCulture, $"{what} expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");

    private static DateTime Now => TimeProvider.System.GetUtcNow().UtcDateTime;

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString()))).ToList();
        return names.Count == 0 ? certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) : string.Join(", ", names.Take(5));
    }
}
