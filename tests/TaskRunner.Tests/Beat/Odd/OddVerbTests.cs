using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>The verb <c>schedule</c> on rows that somebody made an odd use of.</summary>
public sealed class OddVerbTests(RedisFixture redis, PostgresFixture fixture, ITestOutputHelper log) : IClassFixture<RedisFixture>, IClassFixture<PostgresFixture>
{
    private const int Sample = 10;

    private static readonly string[] Repair =
    [
        "--every", "1h", "--task", "debug.echo", "--queue", "default", "--priority", "5", "--arguments", "{}", "--catch-up", "", "--overlap", "", "--expires", "", "--description", "", "--jitter", "",
        "--start", "", "--end", "", "--timezone", "", "--anchor", "", "--dst-gap", "", "--dst-overlap", "", "--day-match", "", "--catch-up-window", "", "--catch-up-limit", "",
    ];

    [Fact]
    public async Task Every_verb_works_on_every_row_and_edit_repairs_it()
    {
        var options = await fixture.CreateMigratedAsync();
        var variables = ProgramVariables.Of(redis, options);
        await using var bench = new BeatBench(fixture.Server, options with { Namespace = variables.Single(v => v.Name == "TASKRUNNER_NAMESPACE").Value });
        await bench.ExecuteAsync(OddRows.Prepare);
        OddRow[] rows = [.. OddRows.Each().Concat(OddRows.Mixed(20, seed: 11)).Where(row => !row.Name.Contains("refuses", StringComparison.Ordinal))];
        await bench.ExecuteAsync(string.Join('\n', rows.Select(row => row.Insert)));
        var program = new StockProgram([.. variables, ("USER", "mona")]);
        var names = await bench.ScalarAsync<string[]>("SELECT array_agg(name ORDER BY name) FROM taskrunner.schedules");
        var drawn = DailySample.Of(names, Sample, "verbs", log);

        await ShouldWorkAsync(program, [0], "list");
        await ShouldWorkAsync(program, [0], "list", "-o", "json");
        foreach (var (n, name) in drawn.Index())
        {
            // What reads a row does so for each; what only names it, for some.
            await ShouldWorkAsync(program, [0], "show", "--", name);
            await ShouldWorkAsync(program, [0, 2], "preview", "--count", "3", "--", name);
            await ShouldWorkAsync(program, [0, 2, 4], "explain", "--", name, "2030-01-01T00:00Z");
            await ShouldWorkAsync(program, [0, 6], "run", "--", name);
            await ShouldWorkAsync(program, [0, 2], "edit", "--priority", "7", "--", name);
            if (n % 5 == 0)
            {
                await ShouldWorkAsync(program, [0], "show", "-o", "json", "--", name);
                await ShouldWorkAsync(program, [0], "pause", "--reason", "odd", "--", name);
                await ShouldWorkAsync(program, [0], "resume", "--", name);
            }

            await ShouldWorkAsync(program, [0], ["edit", .. Repair, "--", name]);
        }

        await bench.ExecuteAsync($"DELETE FROM taskrunner.schedules WHERE name NOT IN (SELECT unnest(ARRAY[{string.Join(", ", drawn.Select(Literal))}]))");
        await bench.Create().RunOnceAsync(CancellationToken.None);
        await bench.Create().RunOnceAsync(CancellationToken.None);
        await bench.Create().RunOnceAsync(CancellationToken.None);
        (await bench.ExecuteAsync("SELECT string_agg(format('%s: %s', name, problem), E'\\n') FROM taskrunner.schedules WHERE NOT isfinite(next_due) OR problem IS NOT NULL")).Should().BeNull("each was repaired");
        await ShouldWorkAsync(program, [0], "remove", "--", drawn[0]);
    }

    [Theory]
    [InlineData("edit", "--priority", "7")]
    [InlineData("pause")]
    [InlineData("remove")]
    public async Task What_the_database_refuses_is_a_sentence(string verb, params string[] flags)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "every_ms = 1000");
        await bench.ExecuteAsync("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hands off'; END $$; CREATE TRIGGER t BEFORE UPDATE OR DELETE ON taskrunner.schedules FOR EACH ROW EXECUTE FUNCTION public.refuse()");
        var program = new StockProgram([.. ProgramVariables.Of(redis, bench.Options)]);

        var outcome = await program.RunAsync(["schedule", verb, "s", .. flags]);

        outcome.Code.Should().Be(6);
        outcome.Error.Trim().Should().Be("'s' stays as it is: the database refuses it: hands off (P0001).");
    }

    private static string Literal(string name) => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";

    private static async Task ShouldWorkAsync(StockProgram program, int[] codes, params string[] arguments)
    {
        var outcome = await program.RunAsync(["schedule", .. arguments]);

        outcome.Code.Should().BeOneOf(codes, "schedule {0} says: {1}", string.Join(' ', arguments), outcome.Error);
        outcome.Error.Should().NotContain("   at ", "a stack trace is no answer");
    }
}
