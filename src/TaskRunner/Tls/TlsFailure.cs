using System.Security.Authentication;
using System.Security.Cryptography;

namespace TaskRunner.Tls;

/// <summary>Finds the cause of a failed TLS connection in the exceptions that wrap it.</summary>
internal static class TlsFailure
{
    // What the other side says when it ends the handshake (RFC 8446, 6.2), as OpenSSL spells it.
    private static readonly (string Alert, string Meaning)[] Alerts =
    [
        ("certificate required", "the server wants a client certificate and none is configured"),
        ("alert unknown ca", "the server does not trust the authority of the client certificate"),
        ("certificate expired", "the server says that the client certificate is expired"),
        ("certificate revoked", "the server says that the client certificate is revoked"),
        ("certificate unknown", "the server refused the client certificate"),
        ("bad certificate", "the server refused the client certificate"),
        ("unsupported certificate", "the server refused the kind of the client certificate"),
        ("access denied", "the server refused the client certificate"),
        ("protocol version", "client and server have no version of TLS in common"),
        ("handshake failure", "the server refused the TLS handshake: it may want a client certificate, or other ciphers"),
        ("wrong version number", NoTls),
        ("packet length too long", NoTls),
        ("frame size", NoTls),
        ("corrupted frame", NoTls),
    ];

    private const string NoTls = "the port does not speak TLS";

    /// <summary>The cause as the end of a sentence; null when TLS is not at fault.</summary>
    public static string? Explain(Exception e)
    {
        var isTls = false;
        var last = e;
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is TlsException or CertificateFileException)
            {
                return cause.Message;
            }

            foreach (var (alert, meaning) in Alerts)
            {
                if (cause.Message.Contains(alert, StringComparison.OrdinalIgnoreCase))
                {
                    return meaning;
                }
            }

            isTls |= cause is AuthenticationException or CryptographicException;
            last = cause;
        }

        return isTls ? last.Message.ReplaceLineEndings(" ").TrimEnd('.', ' ') : null;
    }
}
