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
    [InlineData("cron = NULL, once_at = '2031-01-01'")]
    [InlineData("anchor_at = '2026-01-01'")]
    [InlineData("starts_at = '2026-01-01'")]
    [InlineData("ends_at = '2036-01-01'")]
    [InlineData("dst_gap = 'skip'")]
    [InlineData("dst_overlap = 'both'")]
    [InlineData("day_match = 'or'")]
    [InlineData("next_due = NULL")]
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
    [InlineData("overlap = 'skip', jitter_ms = 500, expires_ms = 1000, catch_up_limit = 5, catch_up_window_ms = 5000, description = 'x', source = 'celery'")]
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
    [InlineData("once_at = '2031-01-01'")]
    [InlineData("cron = NULL, once_at = 'infinity'")]
    [InlineData("starts_at = '2031-01-01', ends_at = '2030-01-01'")]
    [InlineData("jitter_ms = -1")]
    [InlineData("dst_gap = 'first'")]
    [InlineData("dst_overlap = 'skip'")]
    [InlineData("day_match = 'xor'")]
    [InlineData("overlap = 'queue'")]
    [InlineData("catch_up_limit = 0")]
    [InlineData("catch_up_window_ms = 999")]
    [InlineData("expires_ms = 0")]
    [InlineData("source = 'nobody'")]
    public async Task Wrong_edit_is_refused(string edit)
    {
        var attempt = () => EditAsync(edit);

        (await attempt.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.CheckViolation);
    }

    [Fact]
    public async Task Edit_of_the_timing_starts_counting_anew_and_no_other_edit_does()
    {
        var name = $"schedule-{Guid.NewGuid()}";
        await ExecuteAsync($"INSERT INTO taskrunner.schedules (name, cron, task, since, updated_at) VALUES ('{name}', '* * * * *', 't', '2020-01-01', '2020-01-01')");

        await ExecuteAsync($"UPDATE taskrunner.schedules SET priority = 9 WHERE name = '{name}'");
        var kept = await ExecuteAsync($"SELECT since = '2020-01-01' AND updated_at > now() - interval '1 minute' FROM taskrunner.schedules WHERE name = '{name}'");
        await ExecuteAsync($"UPDATE taskrunner.schedules SET cron = '1 * * * *' WHERE name = '{name}'");
        var moved = await ExecuteAsync($"SELECT since > now() - interval '1 minute' FROM taskrunner.schedules WHERE name = '{name}'");

        (kept, moved).Should().Be((true, true));
    }

    [Fact]
    public async Task Reason_of_a_pause_is_kept_until_the_schedule_is_enabled_again()
    {
        var name = $"schedule-{Guid.NewGuid()}";
        await ExecuteAsync($"INSERT INTO taskrunner.schedules (name, cron, task) VALUES ('{name}', '* * * * *', 't')");

        await ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = false, paused_by = 'ann', paused_reason = 'month end' WHERE name = '{name}'");
        var paused = await ExecuteAsync($"SELECT paused_by || ': ' || paused_reason FROM taskrunner.schedules WHERE name = '{name}'");
        await ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = true WHERE name = '{name}'");

        paused.Should().Be("ann: month end");
        (await ExecuteAsync($"SELECT num_nonnulls(paused_by, paused_reason) FROM taskrunner.schedules WHERE name = '{name}'")).Should().Be(0);
    }

    [Theory]
    [InlineData("declared = true", "declared true")]
    [InlineData("source = 'declared'", "declared true")]
    [InlineData("source = 'celery'", "celery false")]
    [InlineData("priority = 5", "hand false")]
    public async Task Source_and_the_older_column_agree(string edit, string expected)
    {
        var name = $"schedule-{Guid.NewGuid()}";
        await ExecuteAsync($"INSERT INTO taskrunner.schedules (name, cron, task) VALUES ('{name}', '* * * * *', 't'); UPDATE taskrunner.schedules SET {edit} WHERE name = '{name}'");

        (await ExecuteAsync($"SELECT source || ' ' || declared FROM taskrunner.schedules WHERE name = '{name}'")).Should().Be(expected);
    }

    private async Task<(object? NextDue, long Revision)> EditAsync(string edit)
    {
        var name = $"schedule-{Guid.NewGuid()}";
        await ExecuteAsync($"INSERT INTO taskrunner.schedules (name, cron, task, next_due) VALUES ('{name}', '* * * * *', 't', '2030-01-01')");
        await ExecuteAsync($"UPDATE taskrunner.schedules SET {edit} WHERE name = '{name}'");
        return (await ExecuteAsync($"SELECT next_due FROM taskrunner.schedules WHERE name = '{name}'"), await fixture.Server.ScalarAsync<long>(fixture.Shared.Database, $"SELECT revision FROM taskrunner.schedules WHERE name = '{name}'"));
    }

    private Task<object?> ExecuteAsync(string sql) => fixture.Server.ExecuteAsync(fixture.Shared.Database, sql);
}
