namespace ChartTests.Rendering;

/// <summary>A rendered object is not what Kubernetes takes.</summary>
public sealed class SchemaException(string subject, IEnumerable<string> mistakes)
    : Exception($"{subject}:{Environment.NewLine}  {string.Join($"{Environment.NewLine}  ", mistakes)}");
