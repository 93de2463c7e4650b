using System.Text.Json;

namespace TaskRunner.Beat.Celery;

/// <summary>One row of <c>django_celery_beat_periodictask</c> with the row of its schedule, as JSON objects.</summary>
internal sealed record CeleryEntry(JsonElement Task, JsonElement? Crontab, JsonElement? Interval, JsonElement? Clocked, JsonElement? Solar)
{
    public string Name => Text(Task, "name") ?? "";

    /// <summary>A column as text; null when it is NULL, empty, or unknown to that version of the tables.</summary>
    public static string? Text(JsonElement row, string column) =>
        row.TryGetProperty(column, out var value) && value.ValueKind != JsonValueKind.Null && value.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>A column as an instant; null when it is NULL.</summary>
    public static DateTimeOffset? Instant(JsonElement row, string column) =>
        row.TryGetProperty(column, out var value) && value.ValueKind == JsonValueKind.String ? value.GetDateTimeOffset() : null;

    /// <summary>A column as a whole number; null when it is NULL.</summary>
    public static long? Number(JsonElement row, string column) =>
        row.TryGetProperty(column, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;

    /// <summary>A column as a truth value.</summary>
    public static bool Flag(JsonElement row, string column) => row.TryGetProperty(column, out var value) && value.ValueKind == JsonValueKind.True;
}
