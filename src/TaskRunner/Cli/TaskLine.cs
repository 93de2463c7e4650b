using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskRunner.Cli;

/// <summary>One task as a person or a program describes it to <c>enqueue</c>: by flags, or as one line of JSON with the same names.</summary>
internal sealed record TaskLine
{
    public string? Task { get; init; }

    public string? Queue { get; init; }

    public int? Priority { get; init; }

    public JsonElement? Arguments { get; init; }

    public string? Delay { get; init; }

    public string? Id { get; init; }

    public string? Expires { get; init; }

    public string? Keep { get; init; }

    public string? Unique { get; init; }

    public string? UniqueMode { get; init; }

    public string? UniqueConflict { get; init; }

    public string? UniqueFor { get; init; }

    public string? ConcurrencyKey { get; init; }

    public int? ConcurrencyLimit { get; init; }

    public string? RateKey { get; init; }

    public string? RateLimit { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = JsonDepth.Read)]
[JsonSerializable(typeof(TaskLine))]
internal sealed partial class TaskLineJson : JsonSerializerContext;
