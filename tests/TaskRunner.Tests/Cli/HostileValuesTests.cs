using System.Diagnostics;
using System.Text;
using FluentAssertions;
using TaskRunner.Configuration;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit.Abstractions;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Every verb with every flag and argument, each with values that nobody types who means well: a documented exit code and sentences, whatever it is.</summary>
public sealed class HostileValuesTests(RedisFixture redis, PostgresFixture postgres, ITestOutputHelper log)
    : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>, IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Directory.CreateTempSubdirectory("taskrunner-hostile-").FullName;
    private static readonly string[] Values = Hostile();

    // Settings of stores and processes are read by one reader: once for each kind of verb will do.
    private static readonly string[] VerbsWithAllSettings = ["worker", "beat", "migrate", "inspect ping", "schedule import"];

    private (string, string)[] variables = [];

    private const int Sample = 20;

    public static IEnumerable<object[]> Verbs => VerbTree.Leaves.Keys.Select(verb => new object[] { verb });

    public async Task InitializeAsync()
    {
        DatabaseOptions options = await postgres.CreateMigratedAsync();
        variables = ProgramVariables.Of(redis, options);
        await Program().RunAsync("schedule", "add", "nightly", "--cron", "@daily", "--task", "debug.echo");
        await Program().RunAsync("enqueue", "debug.echo");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Verb_ends_with_a_documented_code_and_sentences_whatever_one_value_is(string verb)
    {
        var calls = Places(verb).SelectMany(place => Values.Select(value => Call(verb, (place, value)))).ToList();

        await RunAllAsync(verb, calls);
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Verb_ends_with_a_documented_code_and_sentences_whatever_two_values_are(string verb)
    {
        string[] wrong = ["", "@x", "x", "-1", "1e999", "\u001b[2J", new string('x', 300), Guid.Empty.ToString()];
        var places = Places(verb).Where(p => !IsSetting(p)).ToList();
        var pairs = places.SelectMany((a, i) => places.Skip(i).Select((b, j) => (a, b, n: i + j)));
        var calls = pairs.Select(p => Call(verb, (p.a, wrong[p.n % wrong.Length]), (p.b, wrong[(p.n + 3) % wrong.Length]))).ToList();

        await RunAllAsync(verb, calls);
    }

    [Fact]
    public void Every_verb_of_the_table_of_exit_codes_exists()
    {
        var named = File.ReadLines(VerbTree.RepositoryFile("docs/exit-codes.md"))
            .SkipWhile(l => l != "| verb | codes |").Skip(2).TakeWhile(l => l.StartsWith('|'))
            .SelectMany(l => l.Split('|')[1].Split(',').Select(v => v.Trim(' ', '`')));

        named.Should().NotBeEmpty().And.BeSubsetOf(VerbTree.Leaves.Keys);
    }

    private async Task RunAllAsync(string verb, List<string[]> calls)
    {
        var began = Stopwatch.GetTimestamp();
        if (calls.Count > Sample)
        {
            calls = [.. DailySample.Of(calls, Sample, "verbs", log)];
        }

        var allowed = VerbTree.DocumentedCodes(verb);
        var faults = new List<string>();
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (call, _) =>
        {
            if (await FaultAsync(call, allowed) is { } fault)
            {
                lock (faults)
                {
                    faults.Add($"{TerminalText.OneLine(string.Join(" ¦ ", call.Select(a => a.Length > 80 ? a[..80] + "…" : a)))}\n      {fault}");
                }
            }
        });
        log.WriteLine($"{calls.Count} calls in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");

        faults.Take(20).Should().BeEmpty($"{faults.Count} of {calls.Count} calls are wrong");
    }

    private async Task<string?> FaultAsync(string[] call, IReadOnlySet<int> allowed)
    {
        StockProgram.Outcome outcome;
        try
        {
            using var stop = new CancellationTokenSource();
            if (call.Contains("3653d"))
            {
                // A time that is allowed: the verb waits, and is stopped as by a signal.
                stop.CancelAfter(TimeSpan.FromSeconds(2));
            }

            outcome = await Program().RunAsync(call, stop.Token, _ => stop.Cancel()).WaitAsync(Patience);
        }
        catch (OperationCanceledException) when (call.Contains("3653d"))
        {
            return null;
        }
#pragma warning disable CA1031 // Whatever a verb throws is what this test looks for.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"threw {e.GetType().Name}: {e.Message}";
        }

        var text = outcome.Output + outcome.Error;
        return !allowed.Contains(outcome.Code) ? $"ended with {outcome.Code}: {Short(outcome.Error)}"
            : outcome.Code != 0 && outcome.Output.Length == 0 && outcome.Error.Length == 0 ? $"ended with {outcome.Code} and says nothing"
            : new[] { "   at ", "Unexpected error", "System.", "TaskRunner.Cli", "Nobody expected" }.FirstOrDefault(text.Contains) is { } trace ? $"says '{trace}': {Short(text)}"
            : text.Any(c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u202e' or '\u2066') ? $"writes a control character: {Short(text)}"
            : null;
    }

    private static string Short(string text) => TerminalText.OneLine(text.Length > 400 ? text[..400] : text);

    private StockProgram Program() => new(variables) { Input = new StringReader("""{"chain":[{"task":"debug.echo"}]}""") };

    private static bool IsSetting(string place) => Settings.All.Any(s => s.Flag == place);

    private static IEnumerable<string> Places(string verb) => VerbTree.Leaves[verb].Arguments.Select(a => a.Name)
        .Concat(VerbTree.Leaves[verb].Options.Where(o => o is not System.CommandLine.Help.HelpOption).Select(o => o.Name))
        .Where(p => !IsSetting(p) || VerbsWithAllSettings.Contains(verb));

    /// <summary>A call that would be right but for these values.</summary>
    private static string[] Call(string verb, params (string Place, string Value)[] wrong)
    {
        var command = VerbTree.Leaves[verb];
        var right = VerbTree.RightValues(verb);
        var arguments = new List<string>(verb.Split(' '));
        foreach (var argument in command.Arguments)
        {
            var values = wrong.Where(w => w.Place == argument.Name).Select(w => w.Value).ToList();
            arguments.AddRange(values.Count > 0 ? values : right.GetValueOrDefault(argument.Name) ?? VerbTree.ShortRun(verb).Where(f => f.Flag == argument.Name).Select(f => f.Value!).ToArray());
        }

        foreach (var (flag, value) in VerbTree.ShortRun(verb).Where(f => f.Flag.StartsWith('-') && wrong.All(w => w.Place != f.Flag)))
        {
            arguments.AddRange(value is null ? [flag] : [flag, value]);
        }

        foreach (var (place, value) in wrong.Where(w => w.Place.StartsWith('-')))
        {
            arguments.AddRange(command.Options.First(o => o.Name == place).ValueType == typeof(bool) ? [$"{place}={value}"] : [place, value]);
        }

        return [.. arguments];
    }

    private static string[] Hostile()
    {
        string File(string name, byte[] bytes)
        {
            var path = Path.Combine(Folder, name);
            System.IO.File.WriteAllBytes(path, bytes);
            return path;
        }

        return
        [
            "", " ", "\t", "@file", "@", "@" + File("response", "debug.echo --queue other\n"u8.ToArray()), "-x", "--", "-", "--no-such-flag", "--broker-password",
            "a\0b", "\u001b[2J\u001b]0;title\u0007", "line\nbreak", "back\rhere", "\u009b31m", "😀", "\ud800", "x\udc00", new string('x', 10_240), "x", "-1", "0", "1e999", "NaN", "-0", "1.5",
            "9223372036854775808", "2147483648", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59.9999999Z", "99999d", "3653d", "P1D", "10675199.02:48:05.4775807", "1ns", "\u202egnp", "\u2066x\u2069", "\u200f",
            "/no/such/file", Folder, "/proc/self/mem", "/dev/zero", File("latin1", [0x7b, 0xff, 0xfe, 0x7d]), File("deep", Encoding.UTF8.GetBytes(new string('[', 100_000))),
            File("empty", []), File("surrogate", """{"chain":[{"task":"\ud800"}]}"""u8.ToArray()), File("doubled", """{"chain":[{"task":"a","task":"b"}],"chain":[]}"""u8.ToArray()),
            File("lines", """{"task":"\ud800","priority":"x"}"""u8.ToArray()), File("nul", """{"task":"a\u0000b","arguments":{"a":"\u0000"}}"""u8.ToArray()),
            new string('[', 100_000), """{"a":1,"a":2}""", """{"a":"\ud800"}""", """{"a":"\u0000"}""", """{"\ud800":1}""", "[1e400]", "null", "{} {}", "{0}", "%s%n", "$(reboot)", "*", "a,b,,c", "a:b:c", "../..", "'; --", "true", "http://user:secret@host:99999/",
        ];
    }
}
