using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Turns what the operating system, TLS and the parser throw into one sentence about the server.</summary>
internal static class RedisFailures
{
    public static bool IsConnectionFailure(Exception e) =>
        e is IOException or SocketException or AuthenticationException or CryptographicException or ObjectDisposedException
            or RespProtocolException or UnauthorizedAccessException;

    public static RedisUnavailableException Unreachable(RedisOptions options, Exception e) =>
        new($"Redis at {options.Endpoint} cannot be reached: {Reason(e)}", mayHaveExecuted: false, e);

    public static RedisUnavailableException ConnectTimeout(RedisOptions options) =>
        new($"Redis at {options.Endpoint} cannot be reached: no connection within {options.ConnectTimeout.TotalSeconds:0.###} s", mayHaveExecuted: false);

    /// <summary>The handshake may have been executed; the command that waited for it was not.</summary>
    public static RedisUnavailableException DuringHandshake(Exception e) => new(e.Message, mayHaveExecuted: false, e);

    public static string Broken(RedisOptions options, Exception e) => e is RespProtocolException
        ? $"Redis at {options.Endpoint} sent what is not its protocol: {e.Message}"
        : $"The connection to redis at {options.Endpoint} broke: {Reason(e)}";

    public static string Closed(RedisOptions options) => $"Redis at {options.Endpoint} closed the connection";

    public static string NoReply(RedisOptions options, TimeSpan timeout) =>
        $"Redis at {options.Endpoint} did not answer within {timeout.TotalSeconds:0.###} s";

    private static string Reason(Exception e) => e.InnerException is SocketException inner ? inner.Message : e.Message;
}
