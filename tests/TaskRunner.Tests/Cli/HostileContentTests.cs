using System.Text;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>Whatever producers, workers and people wrote into the stores: it is shown, and no terminal obeys it. Every verb that reads, in both forms.</summary>
[Collection(PostgresFixture.Name)]
public sealed class HostileContentTests(RedisFixture redis, PostgresFixture postgres) : InstalledProgramTests(redis, postgres), IClassFixture<RedisFixture>
{
    // Clears the screen, sets the title, goes back in the line, turns the direction, forges a line; C1, and JSON that ends.
    private const string Evil = "a\u001b[2J\u001b]0;owned\u0007b\rc\u009b31md\u202ee\u2066f\nstate         succeeded\u2028g\"}";

    private static readonly Guid Id = Guid.Parse("01a22778-80df-7000-b7ab-93978a9e1ba0");
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string> Verbs =>
    [
        "inspect ping", "inspect active", "inspect reserved", "inspect waiting", "inspect parked", "inspect scheduled", "inspect registered", "inspect stats", "inspect queues", "inspect report",
        "queues list", "dead list", "dead show ID", "unique list", "control rate-limit default", "result ID", "result DONE", "group show ID", "schedule list", "schedule show NAME",
        "schedule preview NAME", "schedule explain NAME 2030-01-01", "control revoke ID", "enqueue EVIL", "enqueue debug.echo --queue EVIL", "queues pause EVIL", "dead show EVIL",
        "schedule show EVIL", "schedule add EVIL --every EVIL --task EVIL", "result EVIL", "EVIL", "inspect EVIL", "inspect queues EVIL", "inspect queues --EVIL", "worker --queues EVIL",
        "unique release EVIL", "control shutdown --worker EVIL --timeout 10ms", "flow start EVIL", "enqueue --file EVIL", "worker --log-level EVIL", "enqueue debug.echo --unique EVIL", "enqueue debug.echo -a EVIL",
        "enqueue debug.echo --delay EVIL --expires EVIL --keep EVIL --rate-limit EVIL --rate-key EVIL --unique-mode EVIL",
    ];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Verb_shows_what_is_stored_and_writes_nothing_that_a_terminal_obeys(string verb)
    {
        await FillAsync();
        string[] call = [.. verb.Split(' ').Select(word => word.Replace("EVIL", Evil).Replace("NAME", Evil).Replace("ID", Id.ToString()).Replace("DONE", Done.ToString()))];

        var text = await Program.RunAsync(call);
        var json = await Program.RunAsync([.. call, "--output", "json"]);

        text.Code.Should().BeOneOf(0, 2, 3, 4, 5, 6, 7);
        foreach (var outcome in new[] { text, json })
        {
            var all = outcome.Output + outcome.Error;
            all.Where(c => (char.IsControl(c) && c is not '\n') || c is '\u202e' or '\u2066' or '\u2028' or '\ufeff').Should().BeEmpty(TerminalText.OneLine(all));
            all.Split('\n').Should().NotContain(line => line.StartsWith("state         succeeded\\u2028", StringComparison.Ordinal), "no value passes for a line of ours");
            outcome.Error.Should().NotContain("Unexpected error");
        }

        if (json.Code == 0 && json.Output.Length > 0 && json.Output[0] is '{' or '[')
        {
            JsonDocument.Parse(json.Output).Dispose();
        }
    }

    private static Guid Done { get; } = Guid.Parse("01a22778-80df-7000-b7ab-93978a9e1ba1");

    private async Task FillAsync()
    {
        await using var harness = await BrokerHarness.OpenAsync(Redis.Url, o => o with { Namespace = Program.Variable("TASKRUNNER_NAMESPACE") });
        var k = harness.Queue;
        byte[] Message(Guid id) => Envelope.Write(BrokerHarness.Message(Evil) with { Id = id, Arguments = JsonSerializer.SerializeToUtf8Bytes(new { a = Evil }), Attempt = 1 });
        Guid New() => TaskId.Next(TimeProvider.System);
        async Task Do(string command, params RedisArgument[] arguments) => await harness.Client.ExecuteAsync(RedisCommand.Create(command, arguments), default);

        await Do("SADD", harness.Keys.Queues, "default", Evil);
        await Do("RPUSH", k.Ready[4], Message(New()));
        await Do("RPUSH", k.Ready[4], Evil + new string('x', 40));
        var (delayed, parked, held) = (New(), New(), New());
        await Do("ZADD", k.Delayed, 4e12.ToString("F0"), delayed.ToString("N"));
        await Do("HSET", k.DelayedMessages, delayed.ToString("N"), Message(delayed));
        byte[] member = [.. Encoding.UTF8.GetBytes("n:t:" + Evil + "\0" + "4" + new string('0', 16)), .. Encoding.ASCII.GetBytes(parked.ToString("N"))];
        await Do("ZADD", k.Parked, 0, member);
        await Do("HSET", k.ParkedMessages, parked.ToString("N"), (byte[])[.. Encoding.ASCII.GetBytes($"{member.Length:0000}"), .. member, .. Message(parked)]);
        await Do("ZADD", k.Dead, 1e12.ToString("F0"), Id.ToString("N"));
        await Do("HSET", k.DeadMessages, Id.ToString("N"), Message(Id));
        await Do("HSET", k.DeadReasons, Id.ToString("N"), JsonSerializer.Serialize(new { reason = Evil, error = Evil }));
        await Do("ZADD", k.Leases, 4e12.ToString("F0"), Evil);
        await Do("HSET", k.InFlight(Evil), held.ToString("N"), Message(held));
        await Do("HSET", harness.Keys.Workers, Evil, JsonSerializer.Serialize(new { name = Evil, host = Evil, queues = new[] { Evil, "default" }, concurrency = 4, version = Evil, order = Evil, tasks = new[] { Evil } }));
        await Do("SET", harness.Keys.Report(Evil), JsonSerializer.Serialize(new { reserved = new[] { held.ToString("N"), Evil } }));
        await Do("HSET", k.Meta, "paused", JsonSerializer.Serialize(new { reason = Evil, by = Evil }, Plain));
        await Do("HSET", k.Limits, "o:" + Evil, "1000,10", "q", "1000,10");
        await Do("HSET", k.Unique, Evil, Id.ToString("N"));
        await Do("ZADD", k.UniqueEnds, 4e12.ToString("F0"), Evil);
        await Do("HSET", harness.Keys.Group(Id), "plan", JsonSerializer.Serialize(new { members = new[] { new { id = Id, task = Evil, queue = Evil } } }), "problem", Evil);

        var database = new Uri(Program.Variable("TASKRUNNER_DATABASE_URL")).AbsolutePath.Trim('/');
        await Postgres.Server.ExecuteAsync(database, $"""
            INSERT INTO taskrunner.schedules (name, cron, task, queue, enabled, description, paused_reason, paused_by, problem, arguments)
            VALUES ('{Evil}', '0 0 * * *', '{Evil}', 'default', false, '{Evil}', '{Evil}', '{Evil}', '{Evil}', jsonb_build_object('a', '{Evil}'));
            INSERT INTO taskrunner.results (task_id, task, queue, state, output, error, attempts, redeliveries, worker, enqueued_at, expires_at)
            VALUES ('{Done}', '{Evil}', '{Evil}', 'succeeded', jsonb_build_object('a', '{Evil}'), '{Evil}', 1, 0, '{Evil}', now(), now() + interval '1 day');
            """);
    }
}
