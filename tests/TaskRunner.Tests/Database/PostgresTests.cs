using System.Net;
using System.Net.Sockets;
using FluentAssertions;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class PostgresTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Ping_answers()
    {
        await using var postgres = new Postgres(DatabaseOptions.Parse(fixture.Server.Url("postgres")));

        await postgres.PingAsync(CancellationToken.None);
    }

    /// <summary>A hardened database may hide its catalog, and a shared one holds thousands of types of others.</summary>
    [Fact]
    public async Task The_catalog_of_types_is_not_read()
    {
        var options = await fixture.CreateMigratedAsync();
        var user = $"plain_{options.Database}";
        await fixture.Server.ExecuteAsync(
            options.Database,
            $"CREATE ROLE {user} LOGIN PASSWORD '{PostgresServer.Password}'; REVOKE SELECT ON pg_catalog.pg_type FROM PUBLIC");
        await using var postgres = new Postgres(options with { User = user });

        await postgres.PingAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Password_is_read_again_for_every_new_connection()
    {
        var passwords = new Queue<string>(["wrong", PostgresServer.Password]);
        await using var postgres = new Postgres(fixture.Server.Options("postgres") with { Password = passwords.Dequeue });
        var first = () => postgres.PingAsync(CancellationToken.None);
        await first.Should().ThrowAsync<DatabaseUnavailableException>();

        await postgres.PingAsync(CancellationToken.None);

        passwords.Should().BeEmpty();
    }

    [Fact]
    public async Task Connection_that_the_server_ended_is_replaced()
    {
        var options = await fixture.CreateEmptyAsync();
        await using var postgres = new Postgres(options);
        await postgres.PingAsync(CancellationToken.None);
        await fixture.Server.ExecuteAsync("postgres", $"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{options.Database}'");
        try
        {
            await postgres.PingAsync(CancellationToken.None);
        }
        catch (DatabaseUnavailableException)
        {
            // The broken connection may show only when it is used; then it is gone.
        }

        await postgres.PingAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Server_that_accepts_and_stays_silent_is_given_up_after_the_connect_timeout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var postgres = new Postgres(fixture.Server.Options("postgres") with { Port = port, ConnectTimeout = TimeSpan.FromSeconds(1) });
        var ping = () => postgres.PingAsync(CancellationToken.None);

        await Duration.UntilLessAsync(TimeSpan.FromSeconds(4), () => ping.Should().ThrowAsync<DatabaseUnavailableException>());
    }

    [Fact]
    public async Task Statement_that_takes_too_long_is_given_up()
    {
        await using var postgres = new Postgres(fixture.Server.Options("postgres") with { CommandTimeout = TimeSpan.FromSeconds(1) });

        var sleep = () => SleepAsync(postgres, CancellationToken.None);

        await sleep.Should().ThrowAsync<DatabaseUnavailableException>().WithMessage("*did not answer in time*");
    }

    [Fact]
    public async Task Cancelled_work_ends_as_cancelled()
    {
        await using var postgres = new Postgres(fixture.Server.Options("postgres"));
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        var sleep = () => SleepAsync(postgres, cancel.Token);

        await sleep.Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Sessions_keep_nothing_so_that_a_transaction_pooler_may_stand_in_between()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var postgres = new Postgres(options);

        var prepared = await postgres.RunAsync(
            async (connection, stopping) =>
            {
                for (var i = 0; i < 10; i++)
                {
                    await using var repeat = new NpgsqlCommand("SELECT count(*) FROM taskrunner.results WHERE task = $1", connection) { Parameters = { new() { Value = "a" } } };
                    await repeat.ExecuteScalarAsync(stopping);
                }

                await using var count = new NpgsqlCommand("SELECT count(*) FROM pg_prepared_statements", connection);
                return await count.ExecuteScalarAsync(stopping);
            },
            CancellationToken.None);

        prepared.Should().Be(0L);
    }

    private static Task<object?> SleepAsync(Postgres postgres, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using var command = new NpgsqlCommand("SELECT pg_sleep(20)", connection);
            return await command.ExecuteScalarAsync(stopping);
        },
        cancellationToken);
}
