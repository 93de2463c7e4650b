using FluentAssertions;
using TaskRunner.Beat;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

[Collection(BeatPostgres.Name)]
public sealed class OverdueGaugeTests(PostgresFixture fixture)
{
    private const string Schedule = "INSERT INTO taskrunner.schedules (name, every_ms, task, enabled) VALUES";

    [Theory]
    [InlineData("next_due = now() - interval '90 seconds'", 90)]
    [InlineData("next_due = now() + interval '90 seconds'", 0)]
    [InlineData("next_due = now() - interval '90 seconds', enabled = false", 0)]
    [InlineData("next_due = 'infinity'", 0)]
    public async Task Only_an_enabled_schedule_whose_time_has_passed_is_overdue(string change, int seconds)
    {
        var options = await fixture.CreateMigratedAsync();
        await fixture.Server.ExecuteAsync(options.Database, $"{Schedule} ('a', 1000, 't', true)");
        var meanwhile = new Meanwhile();
        await fixture.Server.ExecuteAsync(options.Database, $"UPDATE taskrunner.schedules SET {change}");
        await using var postgres = new Postgres(options);
        var gauge = new OverdueGauge(postgres, TimeProvider.System);

        await gauge.ReadAsync(default);

        meanwhile.ShouldHaveGrown(gauge.Overdue, TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public async Task Nothing_is_told_while_the_database_is_away()
    {
        await using var postgres = new Postgres(DatabaseOptions.Parse($"postgresql://t@127.0.0.1:{FreePort.Next()}/t"));
        var gauge = new OverdueGauge(postgres, TimeProvider.System);

        await gauge.ReadAsync(default);

        gauge.Overdue.Should().BeNull();
    }
}
