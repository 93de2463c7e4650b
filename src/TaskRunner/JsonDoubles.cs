using System.Text.Json;

namespace TaskRunner;

/// <summary>Finds keys that one object of a JSON text has twice: PostgreSQL keeps the last of them, other readers the first.</summary>
internal static class JsonDoubles
{
    /// <summary>The place of the first one, as <c>$.a.b</c>; null when there is none.</summary>
    /// <param name="value">Text without half surrogate pairs; see <see cref="JsonInput"/>.</param>
    public static string? Place(JsonElement value) => Place(value, "$");

    private static string? Place(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return value.EnumerateArray().Select((item, i) => Place(item, $"{path}[{i}]")).FirstOrDefault(place => place is not null);
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            var place = $"{path}.{member.Name}";
            if (!seen.Add(member.Name))
            {
                return place;
            }

            if (Place(member.Value, place) is { } deeper)
            {
                return deeper;
            }
        }

        return null;
    }
}
