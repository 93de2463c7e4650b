using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Tests.Observability;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class DatabaseProbeTests(PostgresFixture fixture)
{
    private readonly ManualTime time = new();

    [Fact]
    public async Task Process_that_starts_beside_its_database_looks_often_until_the_schema_is_there()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());
        var probe = new DatabaseProbe(postgres, time);

        await probe.RunOnceAsync(CancellationToken.None);
        var early = (probe.Trouble, probe.Pause);
        time.Advance(TimeSpan.FromSeconds(30));
        var late = probe.Pause;
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        await probe.RunOnceAsync(CancellationToken.None);

        early.Trouble.Should().StartWith("the schema is not up to date");
        early.Pause.Should().BeLessThan(late);
        late.Should().BeLessThan(probe.Pause);
        probe.Trouble.Should().BeNull();
    }

    [Fact]
    public async Task Database_that_goes_away_is_not_asked_more_often_because_the_process_is_young()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var postgres = new Postgres(await server.CreateEmptyAsync());
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
        var probe = new DatabaseProbe(postgres, time);

        await probe.RunOnceAsync(CancellationToken.None);
        var fine = probe.Pause;
        await server.StopAsync();
        await probe.RunOnceAsync(CancellationToken.None);
        var young = probe.Pause;
        time.Advance(TimeSpan.FromSeconds(30));

        probe.Trouble.Should().NotBeNull();
        young.Should().Be(probe.Pause).And.BeLessThan(fine);
    }
}
