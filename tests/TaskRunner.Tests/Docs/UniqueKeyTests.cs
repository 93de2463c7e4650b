using System.Diagnostics;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Docs;

/// <summary>The key of a unique task is the same whoever computes it: this program, Python, and after jsonb has stored the arguments.</summary>
[Collection(PostgresFixture.Name)]
public sealed class UniqueKeyTests(PostgresFixture postgres)
{
    private const int Rounds = 400;

    private static readonly string Root = CodeBlock.Root();

    [Fact]
    public void Documented_keys_are_the_program_s()
    {
        foreach (var vector in Vectors())
        {
            var arguments = Encoding.UTF8.GetBytes(vector.Arguments);
            Encoding.UTF8.GetString(CanonicalJson.Of(arguments)).Should().Be(vector.Canonical, vector.Arguments);
            ArgumentsKey.Of(vector.Task, arguments).Should().Be(vector.Key, vector.Arguments);
            vector.Key.Length.Should().BeLessThanOrEqualTo(200);
        }
    }

    [Fact]
    public async Task Documented_keys_are_those_of_the_Python_example()
    {
        var vectors = Vectors();

        var answers = await PythonAsync(vectors.Select(v => (v.Task, v.Arguments)));

        answers.Should().Equal(vectors.Select(v => v.Key));
    }

    [Fact]
    public async Task Arguments_have_one_key_however_they_are_written_and_stored()
    {
        var random = new Random(20261129);
        var values = Enumerable.Range(0, Rounds).Select(_ => RandomJson.Make(random, 4)).ToList();
        var spellings = values.Select(value => Enumerable.Range(0, 4).Select(_ => RandomJson.Spell(value, random)).ToArray()).ToList();
        var keys = values.Select((_, i) => ArgumentsKey.Of("t", Encoding.UTF8.GetBytes(spellings[i][0]))).ToList();

        for (var i = 0; i < Rounds; i++)
        {
            foreach (var spelling in spellings[i])
            {
                ArgumentsKey.Of("t", Encoding.UTF8.GetBytes(spelling)).Should().Be(keys[i], "{0} is another spelling of {1}", spelling, spellings[i][0]);
            }
        }

        (await JsonbAsync(spellings.Select(s => s[1]))).Select(stored => ArgumentsKey.Of("t", Encoding.UTF8.GetBytes(stored))).Should().Equal(keys);
        (await PythonAsync(spellings.Select(s => ("t", s[2])))).Should().Equal(keys);
        keys.Distinct().Count().Should().Be(values.Select(v => Encoding.UTF8.GetString(CanonicalJson.Of(Encoding.UTF8.GetBytes(RandomJson.Spell(v, random))))).Distinct().Count());
    }

    [Theory]
    [InlineData("1", "2")]
    [InlineData("1", "\"1\"")]
    [InlineData("9007199254740992", "9007199254740993")]
    [InlineData("0.1", "0.10000000000000001")]
    [InlineData("1", "-1")]
    [InlineData("10", "1")]
    [InlineData("\"é\"", "\"e\\u0301\"")]
    [InlineData("\"a\"", "\"A\"")]
    [InlineData("[1,2]", "[2,1]")]
    [InlineData("{}", "[]")]
    [InlineData("{}", "null")]
    [InlineData("{\"a\":null}", "{}")]
    [InlineData("[[1],2]", "[[1,2]]")]
    [InlineData("{\"a\":\"b,c\"}", "{\"a\":\"b\",\"c\":1}")]
    public void Other_arguments_have_another_key(string one, string other) =>
        ArgumentsKey.Of("t", Encoding.UTF8.GetBytes(one)).Should().NotBe(ArgumentsKey.Of("t", Encoding.UTF8.GetBytes(other)));

    [Fact]
    public void Key_is_the_one_of_the_type_s_rule()
    {
        var app = TaskRunnerApp.Create([]);
        app.MapTask("u.typed", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask).Unique();
        var request = new EnqueueRequest(BrokerHarness.Message("u.typed", arguments: """{"year": 2030, "customer": "acme"}"""));

        app.Registry.Apply(request).Message.Rules!.UniqueKey.Should().Be(Vectors().Single(v => v.Arguments == """{"customer":"acme","year":2030}""").Key);
    }

    private static List<Vector> Vectors()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "docs", "unique-keys.json")));
        return [.. document.RootElement.EnumerateArray().Select(v => new Vector(Text(v, "task"), Text(v, "arguments"), Text(v, "canonical"), Text(v, "key")))];
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static async Task<List<string>> PythonAsync(IEnumerable<(string Task, string Arguments)> cases)
    {
        const string code = "import json, sys, unique_key\nfor line in sys.stdin:\n    print(unique_key.unique_key(*json.loads(line)))";
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", code]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = Path.Combine(Root, "examples", "python");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        foreach (var (task, arguments) in cases)
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize<string[]>([task, arguments]));
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        return [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private async Task<List<string>> JsonbAsync(IEnumerable<string> texts)
    {
        await using var database = new Postgres(postgres.Shared);
        return await database.RunAsync(
            async (connection, stopping) =>
            {
                await using var command = new NpgsqlCommand("SELECT t::jsonb::text FROM unnest($1) WITH ORDINALITY AS u(t, n) ORDER BY n", connection);
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. texts] });
                await using var reader = await command.ExecuteReaderAsync(stopping);
                var stored = new List<string>();
                while (await reader.ReadAsync(stopping))
                {
                    stored.Add(reader.GetString(0));
                }

                return stored;
            },
            default);
    }

    private sealed record Vector(string Task, string Arguments, string Canonical, string Key);
}
