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
    public static LuaScript Load(string resourceName, params ReadOnlySpan<string> shared) =>
        new(resourceName, ReadResources(shared) + ReadResource(resourceName));

    /// <summary>
    /// The same for a script that seldom needs what it uses: that becomes the body of one function. The server makes every function of a script anew at
    /// each call, and making fifty takes longer than a call that needs none of them.
    /// </summary>
    /// <param name="resourceName">The script.</param>
    /// <param name="shared">A script that it always uses.</param>
    /// <param name="function">Name and parameters of the function, for example <c>with_rules(now)</c>.</param>
    /// <param name="body">Scripts that are its body, in this order; the last one returns what the script needs of them.</param>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static LuaScript LoadLean(string resourceName, string shared, string function, params ReadOnlySpan<string> body) =>
        new(resourceName, $"{ReadResource(shared)}\nlocal function {function}\n{ReadResources(body)}end\n{ReadResource(resourceName)}");

    private static string ReadResources(ReadOnlySpan<string> resourceNames)
    {
        var source = new StringBuilder();
        foreach (var name in resourceNames)
        {
            source.Append(ReadResource(name)).Append('\n');
        }

        return source.ToString();
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
