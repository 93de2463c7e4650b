namespace TaskRunner.Tests.Docs;

/// <summary>Code as it stands in the documentation.</summary>
internal static class CodeBlock
{
    /// <summary>The first block of a language below a heading.</summary>
    /// <param name="document">Name of a file in docs, for example <c>wire-format.md</c>.</param>
    /// <param name="heading">The whole line of the heading.</param>
    /// <param name="language">What stands behind the fence.</param>
    public static string Read(string document, string heading, string language)
    {
        var lines = File.ReadAllLines(Path.Combine(Root(), "docs", document));
        var start = Array.IndexOf(lines, heading);
        var fence = start < 0 ? -1 : Array.IndexOf(lines, $"```{language}", start);
        var end = fence < 0 ? -1 : Array.IndexOf(lines, "```", fence);
        return end < 0
            ? throw new InvalidDataException($"docs/{document} has no block '{language}' below '{heading}'.")
            : string.Join('\n', lines[(fence + 1)..end]) + "\n";
    }

    /// <summary>The root of the repository.</summary>
    public static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TaskRunner.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds TaskRunner.slnx.");
    }
}
