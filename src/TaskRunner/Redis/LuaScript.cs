using System.Security.Cryptography;
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
#pragma warning disable CA5350 // Redis names scripts by SHA-1; nothing is protected by it.
        Sha1 = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(source)));
#pragma warning restore CA5350
    }

    public string Name { get; }

    public string Source { get; }

    public string Sha1 { get; }

    /// <summary>Reads a script that is embedded in this assembly, for example <c>step.lua</c>.</summary>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static LuaScript Load(string resourceName)
    {
        using var stream = typeof(LuaScript).Assembly.GetManifestResourceStream(resourceName)
            ?? throw new InvalidOperationException($"The script {resourceName} is not embedded in the assembly");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new LuaScript(resourceName, reader.ReadToEnd());
    }

    public override string ToString() => Name;
}
