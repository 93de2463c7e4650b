using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TaskRunner;

/// <summary>Names a place in JSON as <c>$.items[3].name</c>, for messages. Reads the text once more, so it is for mistakes only.</summary>
internal static class JsonPlace
{
    private const int Longest = 120;

    /// <summary>The place of the token that starts at an offset.</summary>
    /// <param name="json">Valid JSON, at least up to there.</param>
    /// <param name="offset">In bytes.</param>
    public static string Of(ReadOnlySpan<byte> json, long offset)
    {
        var reader = new Utf8JsonReader(json, JsonDepth.Any);
        var path = new List<(string? Name, int Index)>();
        while (reader.Read())
        {
            var isEnd = reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject;
            if (isEnd)
            {
                path.RemoveAt(path.Count - 1);
                continue;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                path[^1] = (Encoding.UTF8.GetString(reader.ValueSpan), -1);
            }
            else if (path.Count > 0 && path[^1].Name is null)
            {
                path[^1] = (null, path[^1].Index + 1);
            }

            if (reader.TokenStartIndex >= offset)
            {
                break;
            }

            if (reader.TokenType == JsonTokenType.StartArray)
            {
                path.Add((null, -1));
            }
            else if (reader.TokenType == JsonTokenType.StartObject)
            {
                path.Add(("", -1));
            }
        }

        var text = string.Concat(path.Select(step => step.Name is { } name ? Name(name) : string.Create(CultureInfo.InvariantCulture, $"[{step.Index}]")));
        return text.Length <= Longest ? "$" + text : $"${text[..Longest]}…";
    }

    // A message goes to terminals and logs: only what prints, as it was written.
    private static string Name(string escaped) => "." + string.Concat(escaped.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
