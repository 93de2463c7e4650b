using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TaskRunner.Database;

/// <summary>One step of the database schema, embedded as <c>NNNN_name.sql</c>.</summary>
internal sealed partial record Migration(int Version, string Name, string Sql)
{
    /// <summary>Version and name, as the file is called.</summary>
    public string FullName => $"{Version:0000}_{Name}";

    /// <summary>Fingerprint of the text, independent of line endings.</summary>
    public string Checksum => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>All steps that this program knows, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = [.. Load(typeof(Migration).Assembly).OrderBy(migration => migration.Version)];

    private static IEnumerable<Migration> Load(Assembly assembly)
    {
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (FileName().Match(resource) is not { Success: true } match)
            {
                continue;
            }

            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            yield return new Migration(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), match.Groups[2].Value, reader.ReadToEnd());
        }
    }

    [GeneratedRegex(@"^(\d{4})_(\w+)\.sql$")]
    private static partial Regex FileName();
}
