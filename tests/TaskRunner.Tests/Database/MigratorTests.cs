using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class MigratorTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Fresh_database_gets_every_migration_in_order()
    {
        await using var postgres = new Postgres(await fixture.CreateEmptyAsync());

        var applied = await new Migrator(postgres).MigrateAsync(CancellationToken.None);

        applied.Should().Equal("0001_initial");
    }
}
