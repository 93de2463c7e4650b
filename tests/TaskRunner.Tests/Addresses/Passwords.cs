using System.Globalization;

namespace TaskRunner.Tests.Addresses;

/// <summary>Passwords as people and generators make them: with every printable character, digits in front of it, percent escapes right and wrong, and more.</summary>
internal static class Passwords
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ";

    /// <summary>The same passwords for the same seed.</summary>
    public static IReadOnlyList<string> Of(int seed)
    {
#pragma warning disable CA5394 // A test wants the same ones again.
        var random = new Random(seed);
        string Core(int length) => new([.. Enumerable.Range(0, length).Select(_ => Alphabet[random.Next(62)])]);
        var all = new List<string>();
        for (var c = ' '; c <= '~'; c++)
        {
            all.Add($"{Core(5)}{c}{Core(5)}");
            all.Add(string.Create(CultureInfo.InvariantCulture, $"{random.Next(1000, 65000)}{c}{Core(7)}"));
            all.Add($"{c}{Core(8)}");
            all.Add($"{Core(8)}{c}");
        }

        all.AddRange([$"{Core(6)}%41{Core(4)}", $"{Core(6)}%zz{Core(4)}", $"{Core(6)}%", $"%2{Core(6)}", $"{Core(5)}%FF{Core(5)}", $"{Core(5)}%00{Core(5)}"]);
        all.AddRange([$"ß{Core(4)}π{Core(4)}", $"密码{Core(6)}", $"{Core(4)}😀{Core(4)}", $"é{Core(7)}", Core(300), $"  {Core(5)}  {Core(5)}"]);
        all.AddRange([$"{Core(4)}=&{Core(4)}", $"{Core(4)}://{Core(4)}", $"?{Core(4)}={Core(4)}&{Core(4)}={Core(4)}", $"{Core(5)}?password={Core(5)}", $"{Core(5)};{Core(5)}", $"{Core(5)},{Core(5)}"]);
        all.AddRange(Enumerable.Range(0, 150).Select(_ => new string([.. Enumerable.Range(0, random.Next(6, 40)).Select(_ => Alphabet[random.Next(Alphabet.Length)])])));
#pragma warning restore CA5394
        return all;
    }

    /// <summary>The parts of three characters that a text has in common with a password, but for those that it has anyway.</summary>
    public static IEnumerable<string> Shared(string text, string password, IReadOnlySet<string> usual) =>
        Parts(password).Where(part => text.Contains(part, StringComparison.Ordinal) && !usual.Contains(part));

    public static IEnumerable<string> Parts(string text) => Enumerable.Range(0, Math.Max(0, text.Length - 2)).Select(i => text.Substring(i, 3));
}
