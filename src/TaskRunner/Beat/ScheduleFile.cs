using System.Text.Json;

namespace TaskRunner.Beat;

/// <summary>Reads declared schedules: <c>{"schedules": {"name": {"cron": "*/5 * * * *", "task": "…"}, …}}</c>.</summary>
public static class ScheduleFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="ScheduleFileException">The file cannot be read or has mistakes; all of them are listed.</exception>
    public static IReadOnlyList<ScheduleDeclaration> Read(string path)
    {
        string text;
        try
        {
            text = BoundedFile.ReadAllText(path, BoundedFile.Large);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ScheduleFileException([$"it cannot be read: {e.Message.TrimEnd('.')}"]);
        }

        return Parse(text);
    }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="ScheduleFileException">The text has mistakes; all of them are listed.</exception>
    public static IReadOnlyList<ScheduleDeclaration> Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, JsonDepth.Document);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new ScheduleFileException([$"line {e.LineNumber + 1}, position {e.BytePositionInLine + 1}: not valid JSON"]);
        }
    }

    private static List<ScheduleDeclaration> Read(JsonElement root)
    {
        var mistakes = new List<string>();
        var declarations = new List<ScheduleDeclaration>();
        foreach (var (name, entry) in Members(root, "schedules", mistakes))
        {
            if (ScheduleEntryReader.ReadFileEntry(name, entry, mistakes) is { } declaration)
            {
                declarations.Add(declaration);
            }
        }

        return mistakes.Count == 0 ? declarations : throw new ScheduleFileException(mistakes);
    }

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement root, string key, List<string> mistakes)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"expected an object with the key '{key}'");
            yield break;
        }

        var (schedules, times) = (default(JsonElement), 0);
        foreach (var member in root.EnumerateObject())
        {
            if (Name(member) == key)
            {
                (schedules, times) = (member.Value, times + 1);
            }
            else
            {
                mistakes.Add($"{Name(member) ?? HalfPair}: unknown key; expected '{key}'");
            }
        }

        if (times > 1)
        {
            mistakes.Add($"{key}: is given {times} times");
        }

        if (schedules.ValueKind != JsonValueKind.Object)
        {
            mistakes.Add($"{key}: expected an object with one entry for each schedule");
            yield break;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in schedules.EnumerateObject())
        {
            if (Name(member) is not { } name)
            {
                mistakes.Add($"{key}: the name of an entry has {HalfPair}");
                continue;
            }

            if (!seen.Add(name))
            {
                mistakes.Add($"{key}.{name}: is given twice");
            }

            yield return (name, member.Value);
        }
    }

    /// <summary>What a text of JSON may have and no text of Unicode, in words.</summary>
    internal const string HalfPair = "half of a surrogate pair";

    /// <summary>The name of a member; null when it is no Unicode.</summary>
    internal static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
