using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using TaskRunner.Resp;
using TaskRunner.Tls;

namespace TaskRunner.Redis;

/// <summary>Turns what the operating system, TLS and the parser throw into one sentence about the server.</summary>
internal static class RedisFailures
{
    public static bool IsConnectionFailure(Exception e) =>
        e is IOException or SocketException or AuthenticationException or CryptographicException or ObjectDisposedException
            or RespProtocolException or UnauthorizedAccessException;

    public static RedisUnavailableException Unreachable(RedisOptions options, Exception e) =>
        new($"Redis at {options.Endpoint} cannot be reached: {Reason(options, e)}", mayHaveExecuted: false, e);

    public static RedisUnavailableException ConnectTimeout(RedisOptions options) =>
        new($"Redis at {options.Endpoint} cannot be reached: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s", mayHaveExecuted: false);

    /// <summary>Servers without TLS wait for more when they are greeted with it.</summary>
    public static RedisUnavailableException TlsTimeout(RedisOptions options) =>
        new(
            $"Redis at {options.Endpoint} cannot be reached: it did not finish the TLS handshake within {options.ConnectTimeout.TotalSeconds:0.###} s. "
            + "Does the port speak TLS? Without TLS the URL starts with redis://",
            mayHaveExecuted: false);

    /// <summary>The handshake may have been executed; the command that waited for it was not.</summary>
    /// <param name="options">The server.</param>
    /// <param name="e">What ended the connection.</param>
    /// <param name="wasAnswered">Whether the server had answered anything before.</param>
    public static RedisUnavailableException DuringHandshake(RedisOptions options, Exception e, bool wasAnswered) =>
        new(e.Message + (wasAnswered || e.InnerException is TimeoutException ? "" : Hint(options, e)), mayHaveExecuted: false, e);

    public static string Broken(RedisOptions options, Exception e) => e is RespProtocolException
        ? $"Redis at {options.Endpoint} sent what is not its protocol: {e.Message}"
        : $"The connection to redis at {options.Endpoint} broke: {Reason(options, e)}";

    public static string Closed(RedisOptions options) => $"Redis at {options.Endpoint} closed the connection";

    public static string NoReply(RedisOptions options, TimeSpan timeout) =>
        $"Redis at {options.Endpoint} did not answer within {timeout.TotalSeconds:0.###} s";

    private static string Reason(RedisOptions options, Exception e)
    {
        if (options.Tls && TlsFailure.Explain(e) is { } cause)
        {
            return cause;
        }

        // The runtime's word for a path that is not there.
        if (options.SocketPath is not null && e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable })
        {
            return "there is no such socket";
        }

        return e.InnerException is SocketException inner ? inner.Message : e.Message;
    }

    // What a server of the other kind does with a greeting is to hang up.
    private static string Hint(RedisOptions options, Exception e) =>
        options.SocketPath is not null || (options.Tls && TlsFailure.Explain(e) is not null) ? ""
        : !options.Tls ? ". Does the port expect TLS? Then the URL starts with rediss://"
        : options.CertificateFile is null ? ". Does the server want a client certificate?"
        : ". Does the server accept the client certificate?";
}
