namespace ClusterTests.Cluster;

/// <summary>What a test waited for did not come, or did not last.</summary>
internal sealed class EventuallyException(string message, Exception? inner = null) : Exception(message, inner);
