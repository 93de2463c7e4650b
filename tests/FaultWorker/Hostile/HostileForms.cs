using System.Globalization;
using System.Text;

namespace TaskRunner.FaultWorker.Hostile;

/// <summary>A kind of hostile message.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Write">Its bytes for an id of 32 hexadecimal digits.</param>
/// <param name="IsAlone">Whether its first 32 bytes are its own.</param>
internal sealed record HostileForm(string Name, Func<string, byte[]> Write, bool IsAlone = true);

/// <summary>
/// Messages as a broken, careless or hostile producer writes them with one RPUSH. All texts here are Latin-1, so that any byte can be written.
/// </summary>
internal static class HostileForms
{
    private const string LongAgo = "1000000000000";

    private static readonly string[] Numbers =
    [
        "NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "1e999", "-1e999", "1.5", "-1", "-0.0", "1e17", "1e308", "99999999999999999999", "9007199254740993", "0x10", "\"1\"", "\"x\"", "null",
        "true", "[]", "{}", "[1]",
    ];

    private static readonly string Deep = new string('[', 100_000) + new string(']', 100_000);

    private static readonly string Long = new('k', 9_960);

    /// <param name="shared">A key of sound tasks.</param>
    public static IReadOnlyList<HostileForm> All(string shared) => [.. Bodies(), .. Headers(), .. Segments(shared), .. Marks(shared)];

    private static IEnumerable<HostileForm> Bodies()
    {
        foreach (var field in new[] { "at", "attempt", "v", "keep" })
        {
            foreach (var number in Numbers)
            {
                yield return Body($"{field} {number}", $$"""{"task":"debug.echo","{{field}}":{{number}}}""");
                yield return Segment($"{field} {number}, expired", '+', $$"""{"e":{{LongAgo}}}""", $$"""{"task":"debug.echo","{{field}}":{{number}}}""");
            }
        }

        foreach (var value in new[] { "1", "1e999", "NaN", "[]", "{}", "null", "\"\"", "\"x\"", "\"\\u0000\"", "[[[[1]]]]", "{\"a\":1e999}" })
        {
            yield return Body($"flow {value}", $$"""{"task":"debug.echo","flow":{{value}}}""");
            yield return Segment($"flow {value}, expired", '+', $$"""{"e":{{LongAgo}}}""", $$"""{"task":"debug.echo","flow":{{value}}}""");
            yield return Body($"task {value}", $$"""{"task":{{value}}}""");
            yield return Body($"schedule {value}", $$"""{"task":"debug.echo","schedule":{{value}}}""");
        }

        yield return Body("task missing", "{}");
        yield return Body("task doubled", """{"task":"debug.echo","task":"other"}""");
        yield return Body("at doubled", """{"task":"debug.echo","at":1,"at":1e999}""");
        yield return Body("task of 10,000 characters", $$"""{"task":"{{Long}}"}""");
        yield return Body("task with NUL", """{"v":1,"task":"a\u0000b"}""");
        yield return Body("task with a raw NUL", "{\"v\":1,\"task\":\"a\0b\"}");
        yield return Body("task with half a surrogate", """{"v":1,"task":"\ud800"}""");
        yield return Body("task with invalid UTF-8", "{\"v\":1,\"task\":\"\xc3\x28\xff\"}");
        yield return Body("args NaN", """{"task":"debug.echo","args":NaN}""");
        yield return Body("args of 100,000 levels", $$"""{"task":"debug.echo","args":{{Deep}}}""");
        yield return Segment("args of 100,000 levels, expired", '+', $$"""{"e":{{LongAgo}}}""", $$"""{"task":"debug.echo","args":{{Deep}}}""");
        yield return Body("body of 100,000 levels", Deep);
        yield return Body("args with invalid UTF-8", "{\"task\":\"debug.echo\",\"args\":{\"a\":\"\xff\xfe\"}}");
        yield return Body("body is no JSON", "hello");
        yield return Body("body is an array", "[1]");
        yield return Body("body is a string", "\"x\"");
        yield return Body("body is null", "null");
        yield return Body("something after the body", """{"task":"debug.echo"} {}""");
        yield return Body("body cut off", """{"task":"debug.e""");
        yield return Body("body missing", "");
    }

    private static IEnumerable<HostileForm> Headers()
    {
        const string rest = "500{\"task\":\"debug.echo\"}";
        yield return new("empty", _ => [], IsAlone: false);
        yield return new("three bytes", _ => Bytes("abc"), IsAlone: false);
        yield return new("31 bytes", id => Bytes(id[..31]), IsAlone: false);
        yield return new("id alone", Bytes);
        yield return new("header cut off", id => Bytes(id + "50"));
        yield return new("priority is a letter", id => Bytes(id + "x00{\"task\":\"debug.echo\"}"));
        yield return new("priority is a minus", id => Bytes(id + "-00{\"task\":\"debug.echo\"}"));
        yield return new("redeliveries are letters", id => Bytes(id + "5zz{\"task\":\"debug.echo\"}"));
        yield return new("redeliveries with a sign", id => Bytes(id + "5-1{\"task\":\"debug.echo\"}"));
        yield return new("redeliveries 99", id => Bytes(id + "599{\"task\":\"debug.echo\"}"));
        yield return new("redeliveries 99, at NaN", id => Bytes(id + "599{\"task\":\"debug.echo\",\"at\":NaN}"));
        yield return new("id of bytes over 127", id => Bytes(new string('\xff', 16) + id[^16..] + rest));
        yield return new("id of bytes over 127, redeliveries 99", id => Bytes(new string('\xfe', 16) + id[^16..] + "599{\"task\":\"debug.sleep\",\"at\":NaN}"));
        yield return new("id with NUL", id => Bytes("\0\0\0\0" + id[4..] + rest));
        yield return new("id with line breaks", id => Bytes("\r\n\r\n" + id[4..] + rest));
        yield return new("id with spaces", id => Bytes("    " + id[4..] + rest));
        yield return new("id in upper case", id => Bytes("BAD" + id[3..] + rest));
        yield return new("id that is no hexadecimal number", id => Bytes("zzz" + id[3..] + rest));
    }

    private static IEnumerable<HostileForm> Segments(string shared)
    {
        foreach (var number in Numbers)
        {
            yield return Segment($"e {number}", '+', $$"""{"e":{{number}}}""");
            yield return Segment($"cl {number}", '+', $$"""{"c":"odd","cl":{{number}}}""");
            yield return Segment($"cl {number} of a shared key", '+', $$"""{"c":"{{shared}}","cl":{{number}}}""");
            yield return Segment($"c {number}", '+', $$"""{"c":{{number}},"cl":1}""");
            yield return Segment($"u {number}", '+', $$"""{"u":{{number}},"um":"done"}""");
            yield return Segment($"r {number}", '+', $$"""{"r":{{number}},"rl":"1/1000"}""");
            yield return Segment($"rl {number}", '+', $$"""{"r":"odd","rl":{{number}}}""");
        }

        foreach (var limit in new[] { "0/0", "0/1", "1/0", "1/", "/1", "999999999999999999999999/1", "1/999999999999999999999999", "-1/1", "1.5/1", "1e9/1" })
        {
            yield return Segment($"rl of the text {limit}", '+', $$"""{"r":"odd","rl":"{{limit}}"}""");
        }

        var keys = new[] { ("empty", ""), ("of 9,960 bytes", Long), ("of 801 bytes", Long[..801]), ("with NUL", "a\\u0000b"), ("with a raw NUL", "a\0b"), ("with a control character", "a\\u0001b"),
            ("with half a surrogate", "\\ud800"), ("of invalid UTF-8", "\xff\xfe"), ("with DEL", "a\x7f"), ("like a shared one with NUL", shared + "\\u0000b") };
        foreach (var (name, key) in keys)
        {
            yield return Segment($"concurrency key {name}", '+', $$"""{"c":"{{key}}","cl":1}""");
            yield return Segment($"unique key {name}", '+', $$"""{"u":"{{key}}","um":"done"}""");
            yield return Segment($"rate key {name}", '+', $$"""{"r":"{{key}}","rl":"10/864000000"}""");
        }

        yield return Segment("c doubled", '+', $$"""{"c":"odd","c":"{{shared}}","cl":1}""");
        yield return Segment("options are an array", '+', "[]");
        yield return Segment("options are a number", '+', "1e999");
        yield return Segment("options are no JSON", '+', "hello!");
        yield return Segment("options are empty", '+', "");
        yield return Segment("options of 2,000 levels", '+', $$"""{"x":{{new string('[', 2000)}}{{new string(']', 2000)}}}""");
        yield return Segment("options with invalid UTF-8", '+', "{\"x\":\"\xff\"}");
        foreach (var lie in new[] { "+9999{}", "+0001{}", "+0000", "+00x2{}", "+-001{}", "+1", "+", "+0003{}", "+0100{\"c\":\"odd\",\"cl\":1}" })
        {
            yield return Body($"options length of {lie}", lie + "{\"task\":\"debug.echo\"}");
        }
    }

    private static IEnumerable<HostileForm> Marks(string shared)
    {
        foreach (var mark in "srb")
        {
            yield return Segment($"forged mark {mark} with a key", mark, """{"c":"odd","cl":1}""");
            yield return Segment($"forged mark {mark} with a shared key", mark, $$"""{"c":"{{shared}}","cl":1}""");
            yield return Segment($"forged mark {mark} without options", mark, "{}");
            yield return Segment($"forged mark {mark}, expired", mark, $$"""{"e":{{LongAgo}},"c":"{{shared}}","cl":1}""");
            yield return Segment($"forged mark {mark} with a rate", mark, """{"r":"odd","rl":"1/864000000"}""");
            yield return Segment($"forged mark {mark}, at NaN", mark, $$"""{"c":"{{shared}}","cl":1}""", """{"task":"debug.echo","at":NaN}""");
        }

        yield return Segment("unknown mark", 'z', "{}");
    }

    private static HostileForm Body(string name, string body) => new(name, id => Bytes(id + "500" + body));

    private static HostileForm Segment(string name, char mark, string options, string body = """{"task":"debug.echo"}""") =>
        new(name, id => Bytes(string.Create(CultureInfo.InvariantCulture, $"{id}500{mark}{options.Length:0000}{options}{body}")));

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
