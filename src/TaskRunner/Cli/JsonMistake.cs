using System.Text.Json;

namespace TaskRunner.Cli;

/// <summary>What is wrong with JSON that somebody wrote, without the names of our types.</summary>
internal static class JsonMistake
{
    /// <summary>A sentence for a file of objects with these fields.</summary>
    public static string Describe(JsonException e, IEnumerable<string> fields)
    {
        const string unmapped = "The JSON property '";
        if (e.Message.StartsWith(unmapped, StringComparison.Ordinal) && e.Message.IndexOf('\'', unmapped.Length) is > 0 and var end)
        {
            var name = e.Message[unmapped.Length..end];
            return $"\"{TerminalText.Quote(name)}\" is not a field of it.{Near.Question(name, fields)}";
        }

        return e.Message.Contains("could not be converted", StringComparison.Ordinal) || e.Message.Contains("TaskRunner.", StringComparison.Ordinal) || e.Message.Contains("System.", StringComparison.Ordinal)
            ? $"{(e.Path is { Length: > 2 } path ? $"\"{TerminalText.Quote(path[2..])}\"" : "it")} has a value of the wrong type, or one that is out of range."
            : e.Message;
    }
}
