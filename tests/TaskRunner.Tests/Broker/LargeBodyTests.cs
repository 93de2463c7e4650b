using System.Text;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

/// <summary>Scripts hold up the server for everybody while they run: of a large body they read what stands before its arguments, and nothing behind.</summary>
public abstract class LargeBodyTests(RedisFixture redis)
{
    // A script that decodes the whole of it finds no JSON.
    private static readonly string Arguments = "[" + string.Concat(Enumerable.Repeat("1,", 600_000)) + "cut";

    [Fact]
    public async Task Expired_task_with_large_arguments_leaves_its_result_though_nobody_reads_them()
    {
        var record = await ExpireAsync("""{"v":1,"task":"reports.big","at":1795427006756,"attempt":2,"keep":60000,"flow":"next","args":""" + Arguments);

        var result = ResultRecord.Read(record, "default");
        result.Should().BeEquivalentTo(new { Task = "reports.big", Attempts = 2, State = TaskRunner.Results.TaskState.Expired });
        result.EnqueuedAt.ToUnixTimeMilliseconds().Should().Be(1795427006756);
        ResultRecord.ReadMarks(record).Should().BeEquivalentTo(new { Flow = "next", Keep = TimeSpan.FromMinutes(1) });
    }

    [Theory]
    [InlineData("""{"v":1,"task":"reports.big","input":""", "reports.big")]
    [InlineData("""{"v":1,"task":"reports.big","later":{"x":1,"args":2},"other":""", "reports.big")]
    [InlineData("""{"args":{"x":1,"args":2},"more":""", "unknown")]
    public async Task Expired_task_whose_large_value_stands_first_leaves_a_result_with_what_is_cheap_to_tell(string start, string task) =>
        ResultRecord.Read(await ExpireAsync(start + Arguments), "default").Should().BeEquivalentTo(new { Task = task, State = TaskRunner.Results.TaskState.Expired });

    [Fact]
    public async Task Expired_task_of_ordinary_size_is_read_to_its_end()
    {
        var record = await ExpireAsync($$"""{"args":{"text":"{{new string('x', 100_000)}}"},"at":1795427006756,"flow":"next","task":"reports.small"}""");

        ResultRecord.Read(record, "default").Task.Should().Be("reports.small");
        ResultRecord.ReadMarks(record).Flow.Should().Be("next");
    }

    private async Task<byte[]> ExpireAsync(string body)
    {
        await using var harness = await BrokerHarness.OpenAsync(redis.Url);
        harness.TakeLease(redis.Url, "w1");
        var message = HostileMessages.WithOptions(Guid.CreateVersion7().ToString("N"), """{"e":1000000000000}""", body);
        await harness.Client.ExecuteAsync(RedisCommand.Create("RPUSH", harness.Queue.Ready[4], message), default);

        (await harness.StepAsync("w1", 1)).Messages.Should().BeEmpty();

        return Encoding.UTF8.GetBytes((await harness.ListAsync(harness.Queue.Results("w1"))).Should().ContainSingle().Which);
    }
}
