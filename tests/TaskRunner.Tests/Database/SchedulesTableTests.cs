using FluentAssertions;
using Npgsql;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class SchedulesTableTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("cron = '0 * * * *'")]
    [InlineData("timezone = 'Europe/Berlin'")]
    [InlineData("enabled = false")]
    [InlineData("cron = NULL, every_ms = 1000")]
    [InlineData("cron = '0 * * * *', next_due = now()")]
    public async Task Edit_of_the_timing_asks_for_a_new_due_time(string edit)
    {
        var (nextDue, revision) = await EditAsync(edit);

        nextDue.Should().BeNull();
        revision.Should().Be(2);
    }

    [Theory]
    [InlineData("task = 'other'")]
    [InlineData("arguments = '{\"a\": 1}'")]
    [InlineData("priority = 9")]
    [InlineData("catch_up = 'all'")]
    [InlineData("last_due = now()")]
    [InlineData("cron = cron, timezone = timezone, enabled = enabled")]
    public async Task Other_edit_keeps_the_due_time(string edit)
    {
        var (nextDue, revision) = await EditAsync(edit);

        nextDue.Should().NotBeNull();
        revision.Should().Be(1);
    }

    [Theory]
    [InlineData("cron = NULL")]
    [InlineData("every_ms = 1000")]
    [InlineData("cron = NULL, every_ms = 49")]
    [InlineData("cron = ''")]
    [InlineData("name = ''")]
    [InlineData("task = ''")]
    [InlineData("queue = ''")]
    [InlineData("priority = 10")]
    [InlineData("priority = -1")]
    [InlineData("catch_up = 'some'")]
    public async Task Wrong_edit_is_refused(string edit)
    {
        var attempt = () => EditAsync(edit);

        (await attempt.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.CheckViolation);
    }

    private async Task<(object? NextDue, long Revision)> EditAsync(string edit)
    {
        var name = $"schedule-{Guid.NewGuid()}";
        await ExecuteAsync($"INSERT INTO taskrunner.schedules (name, cron, task, next_due) VALUES ('{name}', '* * * * *', 't', '2030-01-01')");
        await ExecuteAsync($"UPDATE taskrunner.schedules SET {edit} WHERE name = '{name}'");
        return (await ExecuteAsync($"SELECT next_due FROM taskrunner.schedules WHERE name = '{name}'"), (long)(await ExecuteAsync($"SELECT revision FROM taskrunner.schedules WHERE name = '{name}'"))!);
    }

    private Task<object?> ExecuteAsync(string sql) => fixture.Server.ExecuteAsync(fixture.Shared.Database, sql);
}
