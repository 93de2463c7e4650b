using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TaskRunner;

/// <summary>Writes what tasks return as JSON.</summary>
internal static class TaskOutput
{
    /// <summary>Deepest nesting of an output; whoever puts it into something else has room for more.</summary>
    public const int MaxDepth = 64;

    [ThreadStatic]
    private static Pair? spare;

    /// <summary>The output as JSON text. Characters beyond ASCII stand as they are: no browser reads it unescaped, and escapes would take up to six bytes each.</summary>
    /// <typeparam name="T">Type of the output.</typeparam>
    /// <param name="output">What the task returned.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="limit">Largest number of bytes as UTF-8.</param>
    /// <exception cref="OutputException">It cannot be written, or is over the limit.</exception>
    public static string Write<T>(T output, JsonTypeInfo<T> type, long limit)
    {
        // A converter may block or come back here: what is in use is not there for others.
        var pair = spare ?? new Pair();
        spare = null;
        try
        {
            pair.Buffer.Begin(limit);
            var encoder = type.Options.Encoder ?? JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            if (!ReferenceEquals(encoder, pair.Encoder))
            {
                pair = new Pair(encoder);
                pair.Buffer.Begin(limit);
            }

            pair.Writer.Reset(pair.Buffer);
            JsonSerializer.Serialize(pair.Writer, output, type);
            pair.Writer.Flush();
            var text = Encoding.UTF8.GetString(pair.Buffer.Written);
            spare = pair;
            return text;
        }
        catch (OutputException)
        {
            throw;
        }
#pragma warning disable CA1031 // Converters and properties of the program's own types run here.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw Find(e) ?? Unwritable(e);
        }
    }

    /// <exception cref="OutputException">The text is over the limit.</exception>
    public static void ThrowIfOver(string? output, long limit)
    {
        if (output is not null && output.Length > limit / 3 && Encoding.UTF8.GetByteCount(output) > limit)
        {
            throw TooLarge(limit);
        }
    }

    public static OutputException TooLarge(long limit) =>
        new($"The task finished, but its output has more than {limit:N0} bytes as JSON, the limit (TASKRUNNER_MAX_PAYLOAD_BYTES).");

    private static OutputException Unwritable(Exception e) => new("The task finished, but its output cannot be written as JSON", e);

    /// <summary>Converters may wrap it.</summary>
    private static OutputException? Find(Exception? e)
    {
        for (var i = 0; i < 16 && e is not null; i++, e = e.InnerException)
        {
            if (e is OutputException found)
            {
                return found;
            }
        }

        return null;
    }

    private sealed class Pair
    {
        public Pair(JavaScriptEncoder? encoder = null)
        {
            Encoder = encoder ?? JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            Writer = new Utf8JsonWriter(Buffer, new JsonWriterOptions { Encoder = Encoder, MaxDepth = MaxDepth });
        }

        public OutputBuffer Buffer { get; } = new();

        public JavaScriptEncoder Encoder { get; }

        public Utf8JsonWriter Writer { get; }
    }
}
