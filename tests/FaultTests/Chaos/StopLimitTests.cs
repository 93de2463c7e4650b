using System.Text.Json;
using FluentAssertions;
using TaskRunner.FaultTests.Support;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.FaultTests.Chaos;

/// <summary>A process that code of the application keeps from stopping.</summary>
public sealed class StopLimitTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Process_whose_listeners_never_return_ends_by_force_after_its_drain()
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        await using var stuck = FaultProcess.Start(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["TASKRUNNER_BROKER_URL"] = redis.Url,
                ["TASKRUNNER_NAMESPACE"] = harness.Broker.Options.Namespace,
                ["TASKRUNNER_HTTP_PORT"] = "0",
                ["TASKRUNNER_LEASE_SECONDS"] = "3",
                ["TASKRUNNER_DRAIN_SECONDS"] = "1",
                ["TASKRUNNER_LOG_LEVEL"] = "error",
            },
            ["stuck-work"]);
        var sent = await harness.EnqueueAsync(BrokerHarness.Message("debug.echo"));
        await stuck.Started.WaitAsync(Long);

        var code = await stuck.TerminateAsync().WaitAsync(Long);

        code.Should().Be(7, "that is 'timed out'");
        stuck.Complaints.Should().Contain("did not stop within 21 s and is ended by force");
        var app = TaskRunnerApp.Create([]);
        app.MapTask("debug.echo", (JsonElement _, TaskContext _, CancellationToken _) => Task.CompletedTask);
        await using var other = TestWorker.Start(app, redis.Url, harness, options => options with { Lease = TimeSpan.FromSeconds(3) });
        await Eventually.TrueAsync(() => other.Observer.Finished.Any(task => task.Message?.Id == sent.Id), Long);
    }
}
