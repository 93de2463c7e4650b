using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Observability;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Worker;

/// <summary>Spans of attempts, and their context's way through the broker.</summary>
public sealed class TracingTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Fact]
    public void Context_survives_the_envelope()
    {
        var sent = BrokerHarness.Message() with { Trace = new TraceContext(Parent, "vendor=1", "tenant=blue%20sky") { Link = Parent }, KeepResult = TimeSpan.FromSeconds(30) };

        var read = Envelope.Read(Envelope.Write(sent), "default");

        read.Trace.Should().Be(sent.Trace);
        read.KeepResult.Should().Be(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Context_of_the_message_is_current_in_the_task_though_nobody_listens()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("look", (JsonElement _, TaskContext _, CancellationToken _) => Task.FromResult(
            $"{Activity.Current?.TraceId} {Activity.Current?.ParentSpanId} {Activity.Current?.TraceStateString} {Activity.Current?.GetBaggageItem("tenant")}"));
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("look") with { Trace = new TraceContext(Parent, "vendor=1", "tenant=blue%20sky") });
        var without = await harness.EnqueueAsync(BrokerHarness.Message("look"));

        (await results.FinalAsync(sent.Id)).Output.Should().Be("\"0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 vendor=1 blue sky\"");
        (await results.FinalAsync(without.Id)).Output.Should().Be("\"   \"");
    }

    [Fact]
    public async Task Retry_is_a_span_of_its_own_that_links_to_the_attempt_before()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        var results = new MemoryResultStore();
        var app = TaskRunnerApp.Create([]);
        app.MapTask("traced.twice", (JsonElement _, TaskContext context, CancellationToken _) =>
            context.Attempt == 1 ? throw new InvalidOperationException("first") : Task.FromResult(1)).Retry(1, Backoff.Fixed(TimeSpan.Zero));
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Tracing.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName == "process traced.twice")
                {
                    spans.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var worker = TestWorker.Start(app, redis.Url, harness, results: results);

        var sent = await harness.EnqueueAsync(BrokerHarness.Message("traced.twice") with { Trace = new TraceContext(Parent) });
        await results.FinalAsync(sent.Id);

        await Eventually.TrueAsync(() => spans.Count == 2);
        var (first, second) = (spans.First(), spans.Last());
        spans.Should().OnlyContain(span => span.ParentId == Parent && span.Kind == ActivityKind.Consumer);
        first.Status.Should().Be(ActivityStatusCode.Error);
        first.Events.Should().ContainSingle(e => e.Name == "exception");
        second.Status.Should().Be(ActivityStatusCode.Unset);
        second.Links.Should().ContainSingle().Which.Context.SpanId.Should().Be(first.SpanId);
        second.GetTagItem("taskrunner.attempt").Should().Be(2);
        second.GetTagItem("messaging.message.id").Should().Be(sent.Id.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    public async Task Tasks_of_concurrent_callers_carry_the_context_of_their_own_caller(int callers)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var client = TaskClient.Create(new TaskClientOptions { BrokerUrl = redis.Url, Namespace = harness.Broker.Options.Namespace });
        await client.EnqueueAsync("untraced", -1);

        var parents = await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            using var request = caller % 2 == 0 ? new Activity("request").Start() : null;
            await client.EnqueueAsync("traced", caller);
            await client.EnqueueAsync("traced", caller);
            return request?.Id;
        })));

        var messages = (await harness.ListAsync(harness.Queue.Ready[4])).Select(text => Envelope.Read(Encoding.UTF8.GetBytes(text), "default")).ToLookup(m => int.Parse(Encoding.UTF8.GetString(m.Arguments.Span), CultureInfo.InvariantCulture));
        for (var caller = 0; caller < callers; caller++)
        {
            messages[caller].Select(m => m.Trace?.Parent).Should().Equal(parents[caller], parents[caller]);
        }
    }

    [Fact]
    public void Context_is_taken_from_the_current_activity()
    {
        using var activity = new Activity("request").SetParentId(Parent).Start();
        activity.TraceStateString = "vendor=1";
        activity.AddBaggage("tenant", "blue sky");

        var trace = Tracing.Capture();

        trace!.Parent.Should().Be(activity.Id);
        trace.State.Should().Be("vendor=1");
        trace.Baggage.Should().Contain("tenant").And.Contain("blue%20sky");
    }
}
