using System.Text;

namespace TaskRunner.Redis;

/// <summary>The source of one script and the hash by which the server knows it.</summary>
internal sealed class LuaScript
{
    /// <param name="name">Name for people, usually the file's.</param>
    /// <param name="source">Lua text.</param>
    public LuaScript(string name, string source)
    {
        Name = name;
        Source = source;
        Sha1 = ScriptDigest.Of(Encoding.UTF8.GetBytes(source));
    }

    public string Name { get; }

    public string Source { get; }

    public string Sha1 { get; }

    /// <summary>Reads a script that is embedded in this assembly, for example <c>step.lua</c>.</summary>
    /// <param name="resourceName">The script.</param>
    /// <param name="shared">Scripts with functions that it uses; they are put in front, in this order.</param>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static LuaScript Load(string resourceName, params ReadOnlySpan<string> shared)
    {
        var source = new StringBuilder();
        foreach (var name in shared)
        {
            source.Append(ReadResource(name)).Append('\n');
        }

        return new LuaScript(resourceName, source.Append(ReadResource(resourceName)).ToString());
    }

    private static string ReadResource(string resourceName)
    {
        using var stream = typeof(LuaScript).Assembly.GetManifestResourceStream(resourceName)
            ?? throw new InvalidOperationException($"The script {resourceName} is not embedded in the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    public override string ToString() => Name;
}
