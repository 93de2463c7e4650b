namespace TaskRunner.Kubernetes;

/// <summary>The API server did not answer, or refused.</summary>
internal sealed class PodApiException(string message, Exception? inner = null) : Exception(message, inner);
