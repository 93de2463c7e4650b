using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

/// <summary>Raw JSON where it enters: one value, or refused with a sentence and nothing is sent.</summary>
public sealed class RawArgumentsTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    public static TheoryData<string> Hostile =>
    [
        "",
        " ",
        "{not json",
        "{}, \"task\": \"f.inner\"",
        "{}, \"attempt\": 9",
        "{}, \"flow\": \"{}\"",
        "{}, \"keep\": 1",
        "{}, \"v\": 9",
        "{}}, {\"task\": \"f.inner\"",
        "{} {}",
        "1 2",
        "1,",
        "[1,]",
        "{\"a\":1,}",
        "// a comment\n{}",
        "{/* a comment */}",
        "'a'",
        "NaN",
        "Infinity",
        "undefined",
        "01",
        "\"unterminated",
        "\"a\nb\"",
        "\"a\0b\"",
        "\"\\x41\"",
        "\"\\u12\"",
        "\uFEFF{}",
        "\"x\\ud83d\"",
        "\"x\\ud83dy\"",
        "\"\\ud83d\\ud83d\\ude00\"",
        "\"\\ude00\"",
        "\"\\\\\\ud83d\"",
        "{\"a\":[1,{\"b\":\"\\udfff\"}]}",
        "{\"\\ud800\":1}",
        new string('[', 65) + new string(']', 65),
        string.Concat(Enumerable.Repeat("{\"a\":", 65)) + "1" + new string('}', 65),
        new string('[', 100_000),
    ];

    public static TheoryData<string> Friendly =>
    [
        "{}",
        " { } ",
        "null",
        "1e999",
        "\"\\\\ud83d\"",
        "\"\\\\\\\\ud83d\"",
        "\"\\ud83d\\ude00\"",
        "\"\\uD83D\\uDE00 \\u0000\"",
        "{\"task\":\"f.inner\",\"v\":9,\"flow\":{}}",
        "{\"a\":1,\"a\":2}",
        "\"grün 😀\"",
        new string('[', 64) + new string(']', 64),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task What_is_not_one_value_is_refused_wherever_it_enters(string text)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);
        await using var unique = Client(harness, unique: true);
        var bytes = Encoding.UTF8.GetBytes(text);
        var message = BrokerHarness.Message("t.plain") with { Arguments = bytes };
        Func<Task>[] doors =
        [
            () => client.EnqueueJsonAsync("t.plain", bytes),
            () => unique.EnqueueJsonAsync("t.plain", bytes),
            () => client.EnqueueAsync([new EnqueueRequest(message)]),
            () => client.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message("t.plain")), new EnqueueRequest(message)]),
            () => harness.Broker.EnqueueAsync([new EnqueueRequest(message)], default),
        ];

        foreach (var door in doors)
        {
            (await door.Should().ThrowAsync<ArgumentException>()).Which.Message.Should().Contain("t.plain").And.NotContain("\0");
        }

        (await harness.Broker.StatusAsync("default", default)).Waiting.Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Friendly))]
    public async Task What_is_one_value_arrives_as_it_was_given_and_chooses_nothing_else(string text)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: true);

        var task = await client.EnqueueJsonAsync("t.plain", Encoding.UTF8.GetBytes(text));

        var message = Envelope.Read(Encoding.UTF8.GetBytes((await harness.ListAsync(harness.Queue.Ready[4])).Single()), "default");
        message.Should().BeEquivalentTo(new { task.Id, Task = "t.plain", Attempt = 0, KeepResult = TimeSpan.Zero });
        Encoding.UTF8.GetString(message.Arguments.Span).Should().Be(text.Trim());
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused_and_the_place_is_named()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);

        foreach (var wrong in new byte[][] { [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80] })
        {
            var enqueue = () => client.EnqueueJsonAsync("t.plain", (byte[])[.. "{\"a\":\""u8, .. wrong, .. "\"}"u8]);
            await enqueue.Should().ThrowAsync<ArgumentException>().WithMessage("*invalid UTF-8 at byte 6*");
        }
    }

    [Theory]
    [InlineData("""{"a":[0,{"b":"\ud800"}]}""", "$.a[1].b")]
    [InlineData("""[[],[1,"\udc00"]]""", "$[1][1]")]
    [InlineData("""{"x":{"\ud800":1}}""", "$.x.\\ud800")]
    public async Task Sentence_names_the_place(string text, string place)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);

        var enqueue = () => client.EnqueueJsonAsync("t.plain", Encoding.UTF8.GetBytes(text));

        (await enqueue.Should().ThrowAsync<ArgumentException>()).Which.Message.Should().Contain($"half of a surrogate pair in the text at {place}");
    }

    [Fact]
    public async Task Arguments_that_cannot_be_written_are_the_caller_s_mistake_and_say_so()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);
        var cycle = new Node();
        cycle.Next = cycle;

        foreach (var enqueue in new Func<Task>[] { () => client.EnqueueAsync("t.plain", cycle), () => client.EnqueueAsync("t.plain", double.NaN), () => client.EnqueueManyAsync("t.plain", [double.NaN]) })
        {
            await enqueue.Should().ThrowAsync<ArgumentException>().WithMessage("*'t.plain'*");
        }
    }

    [Theory]
    [InlineData("a\0b", 5, 0)]
    [InlineData("a\u001bb", 5, 0)]
    [InlineData("a<half>b", 5, 0)]
    [InlineData("", 5, 0)]
    [InlineData("t.plain", 10, 0)]
    [InlineData("t.plain", -1, 0)]
    [InlineData("t.plain", 5, 100)]
    public async Task Request_made_by_hand_cannot_write_what_no_worker_reads(string task, int priority, int redeliveries)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);

        var enqueue = () => client.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message(Halved(task)) with { Priority = priority, Redeliveries = redeliveries })]);

        await enqueue.Should().ThrowAsync<ArgumentException>();
        (await harness.Client.ExecuteAsync(TaskRunner.Redis.RedisCommand.Create("KEYS", $"*{harness.Broker.Options.Namespace}:default*"), default)).Items.Should().BeEmpty();
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("a<half>")]
    public async Task Name_that_no_worker_reads_is_refused_by_every_call(string name)
    {
        name = Halved(name);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);

        await client.Invoking(c => c.EnqueueAsync(name, 1)).Should().ThrowAsync<ArgumentException>();
        FluentActions.Invoking(() => new Step(name)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new TaskClientOptions().DescribeTask(name)).Should().Throw<ArgumentException>();
        await client.Invoking(c => c.EnqueueAsync("t.plain", 1, new EnqueueOptions { Rules = new TaskRules { UniqueKey = name } })).Should().ThrowAsync<ArgumentException>();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Time_to_live_that_is_over_at_once_is_refused(int seconds)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = Client(harness, unique: false);

        var enqueue = () => client.EnqueueAsync("t.plain", 1, new EnqueueOptions { Expires = TimeSpan.FromSeconds(seconds) });
        var byHand = () => client.EnqueueAsync([new EnqueueRequest(BrokerHarness.Message()) { Expires = TimeSpan.FromSeconds(seconds) }]);

        await enqueue.Should().ThrowAsync<ArgumentException>().WithMessage("*time to live*");
        await byHand.Should().ThrowAsync<ArgumentException>().WithMessage("*time to live*");
    }

    // An attribute cannot hold half of a surrogate pair.
    private static string Halved(string text) => text.Replace("<half>", "\ud800", StringComparison.Ordinal);

    private TaskClient Client(BrokerHarness harness, bool unique)
    {
        var options = new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace };
        if (unique)
        {
            options.DescribeTask("t.plain").Unique();
        }

        return TaskClient.Create(options);
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }
}
