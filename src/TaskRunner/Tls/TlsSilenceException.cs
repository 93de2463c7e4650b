namespace TaskRunner.Tls;

/// <summary>The connection was there, and the other side had not finished the TLS handshake when the time was over.</summary>
internal sealed class TlsSilenceException(OperationCanceledException cause) : OperationCanceledException(cause.Message, cause, cause.CancellationToken);
