using System.Text.Json;

namespace TaskRunner;

/// <summary>
/// Settings of a <see cref="TaskClient"/>. What is not set here is read from the same variables that the program <c>taskrunner</c> reads
/// (docs/configuration.md), in the application's configuration where there is one, else in the environment.
/// </summary>
#pragma warning disable CA1056 // Addresses come as text, with schemes and parts that System.Uri does not know.
public sealed class TaskClientOptions
{
    /// <summary>Takes the place of <c>TASKRUNNER_BROKER_URL</c>.</summary>
    public string? BrokerUrl { get; set; }

    /// <summary>Takes the place of <c>TASKRUNNER_DATABASE_URL</c>. Without one, no results can be awaited.</summary>
    public string? DatabaseUrl { get; set; }

    /// <summary>Takes the place of <c>TASKRUNNER_NAMESPACE</c>.</summary>
    public string? Namespace { get; set; }

    /// <summary>How the connection is called in CLIENT LIST and in the log.</summary>
    public string Name { get; set; } = "taskrunner-client";

    /// <summary>
    /// How arguments and outputs are written and read: camel case, as on the web. In a trimmed program insert your own
    /// <see cref="System.Text.Json.Serialization.JsonSerializerContext"/> at the start of its resolver chain.
    /// </summary>
    public JsonSerializerOptions Json { get; } = TaskJson.CreateOptions();
}
#pragma warning restore CA1056
