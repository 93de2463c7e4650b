namespace TaskRunner.Tests.Broker;

/// <summary>
/// The rules of docs/wire-format.md for the options of a message, as options that keep them and options that break them. Scripts and workers are held to the same table.
/// </summary>
internal static class OptionRules
{
    private const string Latest = "9999999999999";

    /// <summary>Which option is meant, the JSON of the options, and whether it keeps the rules.</summary>
    public static IReadOnlyList<(string Option, string Json, bool IsAllowed)> All { get; } =
    [
        .. Each("e", $$"""{"e":VALUE}""", [Latest, Latest + ".5", "9.999999999999e12", "999999999999999", "null"], ["-1", "-0.5", "1e15", "1e999", "-1e999", "\"soon\"", $"\"{Latest}\"", "true", "{}", "[]"]),
        .. Each("cl", """{"c":"k","cl":VALUE}""", ["1", "1.0", "1e3", "1000000", "null"], ["0", "-1", "1.5", "0.999", "1000001", "1e999", "\"2\"", "true", "[]"]),
        .. Each("cl", """{"cl":VALUE}""", ["1"], ["0", "1.5", "1000001"]),
        .. Keys("u", """{"u":VALUE}"""),
        .. Keys("c", """{"c":VALUE}"""),
        .. Keys("r", """{"r":VALUE,"rl":"100/1000"}"""),
        .. Each("um", """{"u":"k","um":VALUE}""", ["\"done\"", "\"start\"", "null"], ["\"bogus\"", "\"Done\"", "\"START\"", "\"start \"", "\"\"", "7", "false", "{}"]),
        .. Each("um", """{"um":VALUE}""", ["\"done\""], ["\"bogus\""]),
        .. Each("rl", """{"r":"k","rl":VALUE}""", ["\"1/1\"", "\"100/60000\"", "\"1000000/2592000000\"", "\"007/01000\""], Rates),
        .. Each("rl", """{"rl":VALUE}""", ["\"1/1\"", "null"], Rates.Except(["null"])),
        .. Each("rl", "VALUE", [], ["""{"r":"k"}""", """{"r":"k","c":"k","cl":2}"""]),
        .. Each("", "VALUE", ["{}", " {} ", """{"later":[1,{"c":0}]}""", """{"u":null,"c":null,"r":null}"""], ["[]", "[\"c\"]", "7", "\"c\"", "null", "", "{", "{}}", "{} {}"]),
    ];

    private static IReadOnlyList<string> Rates =>
    [
        "\"abc\"", "\"\"", "\"1\"", "\"/\"", "\"1/\"", "\"/1\"", "\"1/1/1\"", "\"0/0\"", "\"0/1000\"", "\"1/0\"", "\"-1/5\"", "\"+1/5\"", "\"1/-5\"", "\"1.5/1000\"", "\"1/1.5\"", "\"1e3/1000\"", "\"0x1/5\"",
        "\" 1/5\"", "\"1/5 \"", "\"1 / 5\"", "\"1/5\\u0000\"", "\"1\\u0000/5\"", "\"\u0661/5\"", "\"1000001/1000\"", "\"1/2592000001\"", "\"1/99999999999999999999\"", "\"99999999999999999999/1\"", "7", "true", "[1,5]", "null",
    ];

    private static IEnumerable<(string Option, string Json, bool IsAllowed)> Keys(string option, string json) => Each(
        option,
        json,
        [.. Texts([new('k', 200), new('\u00e9', 200), new('\u20ac', 200), Emoji(100), "a b", "\u00a0", "\u200b"])],
        [.. Texts(["", new('k', 201), new('\u00e9', 201), new('\u20ac', 201), Emoji(100) + "k", Emoji(101), new('k', 801)]),
            "\"a\\u0000b\"", "\"a\\nb\"", "\"a\\u007fb\"", "\"a\\u0085b\"", "\"a\u0080b\"", "\"a\u009fb\"", "\"a\\ud83d\"", "\"\\udc00a\"", "7", "true", "[]", "{}"]);

    private static IEnumerable<string> Texts(string[] texts) => texts.Select(text => $"\"{text}\"");

    private static string Emoji(int count) => string.Concat(Enumerable.Repeat("\U0001F600", count));

    private static IEnumerable<(string Option, string Json, bool IsAllowed)> Each(string option, string json, IEnumerable<string> allowed, IEnumerable<string> refused) =>
        allowed.Select(value => (option, json.Replace("VALUE", value, StringComparison.Ordinal), true))
            .Concat(refused.Select(value => (option, json.Replace("VALUE", value, StringComparison.Ordinal), false)));
}
