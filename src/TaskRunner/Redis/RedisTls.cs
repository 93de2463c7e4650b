using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TaskRunner.Redis;

/// <summary>Whom to trust on a TLS connection. The certificate must name the host that was asked for.</summary>
internal static class RedisTls
{
    public static SslClientAuthenticationOptions ClientOptions(RedisOptions options) => new()
    {
        TargetHost = options.Host,
        CertificateChainPolicy = options.CaFile is null ? null : Policy(options.CaFile),
    };

    private static X509ChainPolicy Policy(string caFile)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(caFile);
        return policy;
    }
}
