using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisSentinelOptionsTests
{
    [Fact]
    public void Url_of_sentinels_names_them_the_master_and_the_database()
    {
        var options = RedisOptions.Parse("rediss+sentinel://app:secret@s1:26380,[::1],s3/tasks/2");

        options.Should().BeEquivalentTo(new { Tls = true, Database = 2, Username = "app" });
        options.Sentinel!.Master.Should().Be("tasks");
        options.Sentinel.Addresses.Should().Equal(("s1", 26380), ("::1", 26379), ("s3", 26379));
        options.ToString().Should().NotContain("secret");
    }

    [Theory]
    [InlineData("redis+sentinel://s1:26379", "names no master")]
    [InlineData("redis+sentinel://s1:x/tasks", "Address 1 of the sentinels has a port that is not a number from 1 to 65535: write host:port")]
    [InlineData("redis+sentinel:///tasks", "There is no sentinel in the list")]
    public void Mistake_in_the_url_is_one_sentence(string url, string sentence)
    {
        var parse = () => RedisOptions.Parse(url);

        parse.Should().Throw<FormatException>().WithMessage($"*{sentence}*");
    }

    [Fact]
    public async Task Variables_name_sentinels_too_and_a_mistake_names_its_variable()
    {
        var mistaken = await new StockProgram(("TASKRUNNER_BROKER_SENTINELS", "s1:0"), ("TASKRUNNER_BROKER_SENTINEL_MASTER", "tasks")).RunAsync("inspect", "queues");
        var away = await new StockProgram(("TASKRUNNER_BROKER_SENTINELS", $"127.0.0.1:{FreePort.Next()}"), ("TASKRUNNER_BROKER_SENTINEL_MASTER", "tasks")).RunAsync("inspect", "queues");

        mistaken.Should().BeEquivalentTo(new { Code = 2 });
        mistaken.Error.Should().Contain("TASKRUNNER_BROKER_SENTINELS").And.Contain("Address 1 of the sentinels").And.NotContain("s1");
        away.Should().BeEquivalentTo(new { Code = 3 });
        away.Error.Should().Contain("No sentinel told where the master tasks is");
    }
}
