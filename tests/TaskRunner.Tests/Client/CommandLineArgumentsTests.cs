using System.Text.Json;
using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Tests.Beat;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

/// <summary>Arguments from the command line, from files and from rows: refused with a sentence and exit 2, or they come through to the result, database included.</summary>
[Collection(BeatPostgres.Name)]
public sealed class CommandLineArgumentsTests(PostgresFixture postgres, RedisFixture redis) : IClassFixture<RedisFixture>, IDisposable
{
    private const int Most = 64;

    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-arguments-").FullName;

    public static TheoryData<int> Depths => [59, 62, 63, 64, 65, 70, 130, 300];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Depths))]
    public async Task Arguments_of_any_depth_are_refused_by_every_verb_or_come_through(int depth)
    {
        var program = new StockProgram(ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()));
        await using var worker = await program.StartAsync("worker");
        var nested = Nested(depth);
        var line = Write($"{{\"task\":\"debug.echo\",\"arguments\":{nested}}}");
        var flow = Write($"{{\"chain\":[{{\"group\":[{{\"chain\":[{{\"task\":\"debug.echo\",\"arguments\":{nested}}},{{\"task\":\"debug.echo\"}}]}}]}}]}}");
        StockProgram.Outcome[] outcomes =
        [
            await program.RunAsync("enqueue", "debug.echo", "-a", nested, "--wait", "--timeout", "20s", "-o", "json"),
            await program.RunAsync("enqueue", "--file", line, "--wait", "--timeout", "20s", "-o", "json"),
            await program.RunAsync("flow", "start", flow, "-o", "json"),
            await program.RunAsync("schedule", "add", "deep", "--cron", "0 0 1 1 *", "--task", "debug.echo", "--arguments", $"{{\"a\":{Nested(depth - 1)}}}"),
        ];

        foreach (var outcome in outcomes)
        {
            outcome.Code.Should().Be(depth <= Most ? 0 : 2, outcome.Error);
            outcome.Error.Should().Match<string>(text => depth <= Most || (text.Contains("levels") || text.Contains("depth")) && !text.Contains("   at "));
        }

        if (depth <= Most)
        {
            foreach (var outcome in outcomes[..2])
            {
                outcome.Output.Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Should().Contain(nested);
            }

            var id = JsonDocument.Parse(outcomes[2].Output).RootElement.GetProperty("id").GetString()!;
            await Eventually.TrueAsync(async () => (await program.RunAsync("group", "show", id, "-o", "json")).Output.Contains("\"succeeded\"", StringComparison.Ordinal));
            (await program.RunAsync("schedule", "show", "deep", "-o", "json")).Code.Should().Be(0);
        }
    }

    [Theory]
    [InlineData("""{"chain":[{"group":[{"task":"debug.echo","arguments":{"a":"x\ud83d"}},{"task":"debug.echo"}]}]}""")]
    [InlineData("""{"chain":[{"task":"debug.echo","arguments":"\udc00"}]}""")]
    [InlineData("""{"chain":[{"task":"debug.echo"}],"error":{"task":"debug.echo","arguments":["\ud800"]}}""")]
    public async Task Half_of_a_surrogate_pair_in_a_flow_is_one_sentence_and_opens_nothing(string flow)
    {
        var variables = ProgramVariables.Of(redis);
        var program = new StockProgram(variables);

        var outcome = await program.RunAsync("flow", "start", Write(flow));

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain("half of a surrogate pair").And.NotContain("   at ");
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("KEYS", $"*{variables[1].Value}*"), default)).Items.Should().BeEmpty();
    }

    [Theory]
    [InlineData("-a", "\"x\\ud83d\"", "half of a surrogate pair")]
    [InlineData("-a", "{} {}", "JSON")]
    [InlineData("-a", "{}, \"task\": \"debug.fail\"", "JSON")]
    [InlineData("-a", "", "JSON")]
    [InlineData("--expires", "0s", "--expires is '0s'")]
    public async Task Value_that_is_not_allowed_is_one_sentence(string flag, string value, string sentence)
    {
        var outcome = await new StockProgram(ProgramVariables.Of(redis)).RunAsync("enqueue", "debug.echo", flag, value);

        outcome.Code.Should().Be(2);
        outcome.Error.Should().Contain(sentence).And.NotContain("   at ");
    }

    [Theory]
    [InlineData(64, "sent")]
    [InlineData(65, "refused")]
    [InlineData(70, "refused")]
    [InlineData(300, "refused")]
    public async Task Row_that_was_written_by_hand_is_sent_or_refused_with_a_sentence(int depth, string expected)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var bench = await BeatBench.OpenAsync(postgres);
        await bench.AddAsync("deep", "cron = '@yearly'", $"arguments = '{{\"a\":{Nested(depth - 1)}}}'");
        await bench.AddAsync("fine", "cron = '@yearly'");
        var beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero }, harness.Broker);

        await bench.TickAsync(beat);

        (await bench.ScalarAsync<string>("SELECT t.state FROM taskrunner.ticks t JOIN taskrunner.schedules s ON s.id = t.schedule_id WHERE s.name = 'deep'")).Should().Be(expected);
        (await bench.ScalarAsync<string>("SELECT t.state FROM taskrunner.ticks t JOIN taskrunner.schedules s ON s.id = t.schedule_id WHERE s.name = 'fine'")).Should().Be("sent");
        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(depth <= Most ? 2 : 1);
    }

    [Fact]
    public async Task Tick_and_enqueue_of_a_unique_task_have_one_key()
    {
        var database = await postgres.CreateMigratedAsync();
        var program = new StockProgram(ProgramVariables.Of(redis, database))
        {
            Map = app => app.MapTask("u.typed", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask).Unique(),
        };
        (await program.RunAsync("schedule", "add", "u1", "--every", "1h", "--task", "u.typed", "--arguments", """{"customer":"acme","year":2030.0}""")).Code.Should().Be(0);
        (await program.RunAsync("schedule", "run", "u1")).Code.Should().Be(0);

        foreach (var spelling in new[] { """{"customer":"acme","year":2030}""", """{"year": 2.03e3, "customer": "acm\u0065"}""" })
        {
            (await program.RunAsync("enqueue", "u.typed", "-a", spelling)).Code.Should().Be(6, "the tick holds the key");
        }

        (await program.RunAsync("enqueue", "u.typed", "-a", """{"customer":"acme","year":2031}""")).Code.Should().Be(0);
    }

    private static string Nested(int depth) => new string('[', depth) + new string(']', depth);

    private string Write(string text)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.json");
        File.WriteAllText(path, text);
        return path;
    }
}
