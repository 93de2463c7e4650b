using System.Text.Json;

namespace TaskRunner;

/// <summary>
/// How deep JSON may be. One limit holds where arguments, outputs and flow inputs are written; readers accept more, by far more levels than the envelope, the
/// plan of a group and the list of its outputs add. So whatever was accepted can be read.
/// </summary>
internal static class JsonDepth
{
    /// <summary>Most levels of arrays and objects in arguments, outputs, flow inputs and arguments of schedules.</summary>
    public const int Written = 64;

    /// <summary>Most levels that a reader accepts.</summary>
    public const int Read = 256;

    /// <summary>For readers of messages.</summary>
    public static readonly JsonReaderOptions Reader = new() { MaxDepth = Read };

    /// <summary>For readers that need an element.</summary>
    public static readonly JsonDocumentOptions Document = new() { MaxDepth = Read };

    /// <summary>For readers that only look and have to get through everything. They keep one bit a level.</summary>
    public static readonly JsonReaderOptions Any = new() { MaxDepth = int.MaxValue };

    /// <summary>Levels of arrays and objects in a JSON value; 0 for a number or a text.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static int Of(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Any);
        var levels = 0;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                levels = Math.Max(levels, reader.CurrentDepth + 1);
            }
        }

        return levels;
    }
}
