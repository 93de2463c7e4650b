using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Outputs: how they are written, and which cannot be. The work behind them is done once.</summary>
public sealed class OutputTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly Dictionary<string, Func<object>> Unwritable = new(StringComparer.Ordinal)
    {
        ["NaN"] = () => double.NaN,
        ["infinity inside"] = () => new { Ratio = double.PositiveInfinity },
        ["cycle"] = () =>
        {
            var loop = new List<object>();
            loop.Add(loop);
            return loop;
        },
        ["stream"] = () => new { Content = new MemoryStream() },
        ["type"] = () => new { Kind = typeof(string) },
        ["pointer"] = () => new { Handle = (nint)1 },
        ["half a surrogate pair as it came"] = () => JsonElement.Parse("\"x\\ud83d\""),
        ["65 levels"] = () => JsonElement.Parse(new string('[', 65) + new string(']', 65), new JsonDocumentOptions { MaxDepth = 100 }),
        ["disposed document"] = () =>
        {
            var document = JsonDocument.Parse("[1]");
            document.Dispose();
            return document.RootElement;
        },
        ["no end"] = () => Enumerable.Range(0, int.MaxValue).Select(i => $"number {i}"),
        ["huge text"] = () => new string('x', 20_000_000),
        ["cancellation"] = () => new { Late = new Lazy<string>(() => throw new OperationCanceledException("gone")) },
        ["dictionary with odd keys"] = () => new Dictionary<object, int> { [new object()] = 1 },
    };

    [Fact]
    public async Task Output_that_cannot_be_written_kills_the_task_at_once_and_is_named_as_the_fault()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var runs = 0;
        var app = TaskRunnerApp.Create([]);
        app.MapTask("output", (JsonElement what, TaskContext _, CancellationToken _) =>
        {
            Interlocked.Increment(ref runs);
            return Task.FromResult(Unwritable[what.GetString()!]());
        }).Retry(3, Backoff.Fixed(TimeSpan.Zero));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);
        foreach (var what in Unwritable.Keys)
        {
            var sent = await harness.EnqueueAsync(BrokerHarness.Message("output", arguments: JsonSerializer.Serialize(what)));

            var result = await results.FinalAsync(sent.Id);

            result.State.Should().Be(TaskState.Dead, what);
            result.Attempts.Should().Be(1, what);
            result.Error.Should().StartWith("The task finished, but its output ", what);
        }

        runs.Should().Be(Unwritable.Count);
    }

    [Fact]
    public async Task Limit_of_an_output_counts_bytes_of_utf8_and_not_escapes()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, o => o with { MaxPayloadBytes = 3002 });
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("chinese", (int count, TaskContext _, CancellationToken _) => Task.FromResult(new string('汉', count)));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var fits = await harness.EnqueueAsync(BrokerHarness.Message("chinese", arguments: "1000"));
        var over = await harness.EnqueueAsync(BrokerHarness.Message("chinese", arguments: "1001"));

        (await results.FinalAsync(fits.Id)).Output.Should().Be($"\"{new string('汉', 1000)}\"");
        (await results.FinalAsync(over.Id)).Error.Should().Contain("more than 3,002 bytes as JSON");
    }

    [Theory]
    [InlineData("plain <b> & 'quote' \"double\" é 汉 \U0001f600 \u0001 \u2028")]
    [InlineData("")]
    [InlineData("\0")]
    public void What_is_written_reads_as_what_was_returned(string text)
    {
        var options = new JsonSerializerOptions(TaskJson.CreateOptions());

        var json = TaskOutput.Write(text, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<string>)options.GetTypeInfo(typeof(string)), 1_000_000);

        JsonSerializer.Deserialize<string>(json).Should().Be(text);
        Encoding.UTF8.GetByteCount(json).Should().BeLessThanOrEqualTo(Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void Program_that_chooses_an_encoder_gets_it()
    {
        var options = new JsonSerializerOptions(TaskJson.CreateOptions()) { Encoder = JavaScriptEncoder.Default };

        TaskOutput.Write("é", (System.Text.Json.Serialization.Metadata.JsonTypeInfo<string>)options.GetTypeInfo(typeof(string)), 100).Should().Be("\"\\u00E9\"");
        TaskOutput.Write("é", (System.Text.Json.Serialization.Metadata.JsonTypeInfo<string>)TaskJson.CreateOptions().GetTypeInfo(typeof(string)), 100).Should().Be("\"é\"");
    }

    [Fact]
    public void Converter_that_writes_an_output_within_an_output_disturbs_neither()
    {
        var inner = (System.Text.Json.Serialization.Metadata.JsonTypeInfo<string>)TaskJson.CreateOptions().GetTypeInfo(typeof(string));
        var options = new JsonSerializerOptions(TaskJson.CreateOptions());
        options.Converters.Add(new Nested(inner));

        TaskOutput.Write(7, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<int>)options.GetTypeInfo(typeof(int)), 100).Should().Be("[\"before\",\"\\\"7\\\"\",\"after\"]");
    }

    private sealed class Nested(System.Text.Json.Serialization.Metadata.JsonTypeInfo<string> inner) : JsonConverter<int>
    {
        public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options)
        {
            writer.WriteStartArray();
            writer.WriteStringValue("before");
            writer.WriteStringValue(TaskOutput.Write($"{value}", inner, 100));
            writer.WriteStringValue("after");
            writer.WriteEndArray();
        }
    }
}
