using System.Text;

namespace TaskRunner.Tests.Broker;

/// <summary>Messages that a producer may push and that the program itself would not write, by name.</summary>
internal static class HostileMessages
{
    private const string Body = """{"v":1,"task":"debug.echo","at":1795427006756,"args":{}}""";

    /// <summary>What is wrong with the message, and whether its options break the rules, so that a script finds it unreadable.</summary>
    public static IReadOnlyDictionary<string, (byte[] Message, bool IsUnreadable)> All { get; } = Make();

    public static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A message with this options segment, whose length is right.</summary>
    public static byte[] WithOptions(string id, string options, string body = Body, char mark = '+') =>
        Text(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{id}500{mark}{options.Length:0000}{options}{body}"));

    private static Dictionary<string, (byte[] Message, bool IsUnreadable)> Make()
    {
        var all = new Dictionary<string, (byte[], bool)>(StringComparer.Ordinal);
        foreach (var limit in new[] { "0", "-1", "1.5", "1e999", "NaN", "-1e999", "1000001", "\"2\"", "[]", "true" })
        {
            all[$"limit {limit}"] = (Options($$"""{"c":"k","cl":{{limit}}}"""), true);
        }

        foreach (var field in new[] { "u", "c", "r" })
        {
            foreach (var key in new[] { "\"\"", "7", "[]", "{}", "true", "\"a\\u0000b\"", "\"a\\nb\"", "\"a\\u007fb\"", $"\"{new string('k', 9_900)}\"" })
            {
                all[$"{field} {key[..Math.Min(12, key.Length)]}"] = (Options($$"""{"{{field}}":{{key}}}"""), true);
            }
        }

        foreach (var time in new[] { "\"soon\"", "NaN", "1e999", "-1", "{}" })
        {
            all[$"expiry {time}"] = (Options($$"""{"e":{{time}}}"""), true);
        }

        all["mode 7"] = (Options("""{"u":"k","um":7}"""), true);
        all["rate 7"] = (Options("""{"r":"k","rl":7}"""), true);
        all["options of 1,500 levels"] = (Options(new string('[', 1_500) + new string(']', 1_500)), true);
        all["options cut"] = (Options("""{"c":"k" """), true);
        all["no options object"] = (Options("7"), true);
        all["no id"] = (Text("{\"v\":1,\"task\":\"debug.echo\",\"args\":{\"text\":\"without a header\"}}"), true);
        all["bytes for an id"] = ([.. Enumerable.Repeat((byte)0xC3, 32), .. Text("5 9+0002{}" + Body)], true);
        all["short"] = (Text("abc"), true);
        all["empty"] = ([], true);

        foreach (var at in new[] { "1e999", "NaN", "-1e999", "1e17", "1795427006756.25", "\"now\"", "null" })
        {
            all[$"expired, at {at}"] = (Expired($$"""{"task":"debug.echo","at":{{at}}}"""), false);
        }

        foreach (var field in new[] { "\"attempt\":1e999", "\"attempt\":-1", "\"attempt\":1.5", "\"keep\":1e999", "\"keep\":NaN", "\"keep\":\"x\"", "\"flow\":7", "\"flow\":{\"a\":[]}", "\"flow\":NaN", "\"task\":7", "\"task\":\"\\u0000\"" })
        {
            all[$"expired, {field}"] = (Expired($$"""{"task":"debug.echo",{{field}}}"""), false);
        }

        all["expired, flow that is no UTF-8"] = (Expired("{\"task\":\"debug.echo\",\"flow\":\"\u00ff\u00c3\"}"), false);
        all["expired, 100,000 levels"] = (Expired($$"""{"task":"debug.echo","args":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}"""), false);
        all["expired, no body"] = (Expired("not JSON"), false);
        return all;
    }

    private static byte[] Options(string options) => WithOptions(NextId(), options);

    private static byte[] Expired(string body) => WithOptions(NextId(), """{"e":1000000000000}""", body);

    private static string NextId() => Guid.CreateVersion7().ToString("N");
}
