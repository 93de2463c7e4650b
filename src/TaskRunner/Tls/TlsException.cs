using System.Security.Authentication;

namespace TaskRunner.Tls;

/// <summary>The server's certificate is not accepted; the message says why.</summary>
internal sealed class TlsException(string message) : AuthenticationException(message);
