using FluentAssertions;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

/// <summary>A failover behind a proxy: connections keep what the server was when they were opened.</summary>
[Collection(PostgresFixture.Name)]
public sealed class FailoverPoolTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Connections_from_the_time_when_the_server_took_no_writes_are_dropped()
    {
        var options = await fixture.CreateMigratedAsync();
        await SetAsync(options, "SET default_transaction_read_only = on");
        await using var postgres = new Postgres(options);
        await HoldAsync(postgres, connections: 5);
        await SetAsync(options, "RESET default_transaction_read_only");

        var write = () => WriteAsync(postgres);
        await write.Should().ThrowAsync<DatabaseUnavailableException>("its connection is an old one");

        for (var i = 0; i < 10; i++)
        {
            await WriteAsync(postgres);
        }
    }

    [Fact]
    public async Task Connections_that_the_server_ended_cost_one_failure_and_not_one_each()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var postgres = new Postgres(options);
        await HoldAsync(postgres, connections: 5);
        await fixture.Server.ExecuteAsync("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{options.Database}'");

        var failures = 0;
        for (var i = 0; i < 10; i++)
        {
            try
            {
                await WriteAsync(postgres);
            }
            catch (DatabaseUnavailableException)
            {
                failures++;
            }
        }

        failures.Should().BeLessThanOrEqualTo(1);
    }

    private async Task SetAsync(DatabaseOptions options, string setting) => await fixture.Server.ExecuteAsync("postgres", $"ALTER DATABASE {options.Database} {setting}");

    // So many connections are in the pool afterwards.
    private static async Task HoldAsync(Postgres postgres, int connections)
    {
        using var all = new Barrier(connections);
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => postgres.RunAsync(
            (connection, _) =>
            {
                all.SignalAndWait(TimeSpan.FromSeconds(30), CancellationToken.None);
                return Task.FromResult(connection.ProcessID);
            },
            default))));
    }

    private static Task<int> WriteAsync(Postgres postgres) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var command = new NpgsqlCommand("UPDATE taskrunner.results SET task = task WHERE false", connection);
            return await command.ExecuteNonQueryAsync(stopping);
        },
        default);
}
