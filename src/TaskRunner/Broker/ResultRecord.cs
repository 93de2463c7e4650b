using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using TaskRunner.Results;

namespace TaskRunner.Broker;

/// <summary>
/// A result on its way from the worker to the database. It enters the broker in the same script that settles its task,
/// so a task that is settled always has one.
/// </summary>
internal static class ResultRecord
{
    /// <param name="result">What became of the task.</param>
    /// <param name="flow">The flow that goes on because of it; null for none.</param>
    /// <param name="keep">How long the broker keeps it for those who await it; zero for not at all.</param>
    public static byte[] Write(TaskResult result, string? flow = null, TimeSpan keep = default)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, result.Id.ToString("N"));
            json.WriteString("task"u8, result.Task);
            json.WriteString("state"u8, TaskStateName.Of(result.State));
            if (result.Output is not null)
            {
                json.WriteString("output"u8, result.Output);
            }

            if (result.Error is not null)
            {
                json.WriteString("error"u8, result.Error);
            }

            if (result.Stack is not null)
            {
                json.WriteString("stack"u8, result.Stack);
            }

            json.WriteNumber("attempts"u8, result.Attempts);
            json.WriteNumber("redeliveries"u8, result.Redeliveries);
            if (result.Worker is not null)
            {
                json.WriteString("worker"u8, result.Worker);
            }

            json.WriteNumber("enqueuedAt"u8, result.EnqueuedAt.ToUnixTimeMilliseconds());
            WriteTime(json, "startedAt"u8, result.StartedAt);
            WriteTime(json, "finishedAt"u8, result.FinishedAt);
            if (keep > TimeSpan.Zero)
            {
                json.WriteNumber("keep"u8, (long)keep.TotalMilliseconds);
            }

            if (flow is not null)
            {
                json.WriteString("flow"u8, flow);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="EnvelopeException">The bytes are not a result.</exception>
    public static TaskResult Read(ReadOnlyMemory<byte> bytes, string queue)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var json = document.RootElement;
            return new TaskResult
            {
                Id = Guid.ParseExact(json.GetProperty("id"u8).GetString()!, "N"),
                Task = json.GetProperty("task"u8).GetString()!,
                Queue = queue,
                State = TaskStateName.Parse(json.GetProperty("state"u8).GetString() ?? ""),
                Output = Text(json, "output"u8),
                Error = Text(json, "error"u8),
                Stack = Text(json, "stack"u8),
                Attempts = json.GetProperty("attempts"u8).GetInt32(),
                Redeliveries = json.GetProperty("redeliveries"u8).GetInt32(),
                Worker = Text(json, "worker"u8),
                EnqueuedAt = Time(json, "enqueuedAt"u8) ?? DateTimeOffset.UnixEpoch,
                StartedAt = Time(json, "startedAt"u8),
                FinishedAt = Time(json, "finishedAt"u8),
            };
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new EnvelopeException("A result in the broker cannot be read: " + e.Message, e);
        }
    }

    /// <summary>What the broker still has to do because of a result; nothing for one that cannot be read.</summary>
    public static ResultMarks ReadMarks(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.IndexOf("\"flow\":"u8) < 0 && span.IndexOf("\"keep\":"u8) < 0)
        {
            return default;
        }

        try
        {
            using var document = JsonDocument.Parse(bytes);
            var json = document.RootElement;
            var keep = json.TryGetProperty("keep"u8, out var value) ? Math.Clamp(value.GetDouble(), 0, TaskMessage.LongestKeep.TotalMilliseconds) : 0;
            return new ResultMarks(Text(json, "flow"u8), TimeSpan.FromMilliseconds(keep));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return default;
        }
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, known.ToUnixTimeMilliseconds());
        }
    }

    private static string? Text(JsonElement json, ReadOnlySpan<byte> name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonElement json, ReadOnlySpan<byte> name) =>
        json.TryGetProperty(name, out var value) ? DateTimeOffset.FromUnixTimeMilliseconds((long)value.GetDouble()) : null;
}

/// <summary>What the broker still has to do because of a result.</summary>
/// <param name="Flow">The flow that goes on; null for none.</param>
/// <param name="Keep">How long the result is kept for those who await it.</param>
internal readonly record struct ResultMarks(string? Flow, TimeSpan Keep)
{
    public bool Any => Flow is not null || Keep > TimeSpan.Zero;
}
