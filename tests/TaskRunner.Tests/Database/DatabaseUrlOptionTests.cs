using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

/// <summary>URLs as hosted databases hand them out.</summary>
[Collection(PostgresFixture.Name)]
public sealed class DatabaseUrlOptionTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("?sslmode=disable&application_name=shop", "SHOW application_name", "shop")]
    [InlineData("?sslmode=allow", "SHOW application_name", "taskrunner")]
    [InlineData("?sslmode=prefer&options=-c%20statement_timeout%3D7s", "SHOW statement_timeout", "7s")]
    [InlineData("?sslmode=disable&channel_binding=prefer&gssencmode=prefer&client_encoding=UTF8&keepalives=1&keepalives_idle=30&keepalives_interval=5&keepalives_count=3&tcp_user_timeout=9", "SELECT '1'", "1")]
    [InlineData("?connect_timeout=7&target_session_attrs=read-write&load_balance_hosts=random&require_auth=scram-sha-256&ssl=false&pgbouncer=true&sslsni=1", "SELECT '1'", "1")]
    public async Task Options_are_taken(string query, string sql, string value)
    {
        var options = DatabaseOptions.Parse($"postgresql://{PostgresServer.User}:{PostgresServer.Password}@127.0.0.1:{fixture.Server.Port}/postgres{query}");

        (await AskAsync(options, sql)).Should().Be(value);
    }

    [Fact]
    public async Task Options_may_hold_login_host_and_database()
    {
        var options = DatabaseOptions.Parse($"postgresql:///?host=127.0.0.1&port={fixture.Server.Port}&dbname=postgres&user={PostgresServer.User}&password={PostgresServer.Password}");

        (await AskAsync(options, "SELECT current_user::text")).Should().Be(PostgresServer.User);
    }

    [Theory]
    [InlineData("postgresql://taskrunner@/postgres?host={0}&port={1}")]
    [InlineData("postgresql://taskrunner@{2}:{1}/postgres")]
    [InlineData("postgresql://taskrunner@{2}:{1}/postgres?sslmode=require")]
    public async Task Socket_is_connected_to(string form)
    {
        var folder = fixture.Server.SocketFolder;
        var url = form.Replace("{0}", folder, StringComparison.Ordinal).Replace("{1}", $"{fixture.Server.Port}", StringComparison.Ordinal).Replace("{2}", Uri.EscapeDataString(folder), StringComparison.Ordinal);

        (await AskAsync(DatabaseOptions.Parse(url), "SELECT coalesce(inet_server_addr()::text, 'socket')")).Should().Be("socket");
    }

    [Fact]
    public async Task Of_several_hosts_the_one_that_answers_is_used()
    {
        var login = $"{PostgresServer.User}:{PostgresServer.Password}";
        var options = DatabaseOptions.Parse($"postgresql://{login}@127.0.0.1:{FreePort.Next()},127.0.0.1:{fixture.Server.Port}/postgres?sslmode=disable");

        (await AskAsync(options, "SELECT '1'")).Should().Be("1");
    }

    [Fact]
    public async Task Of_several_hosts_none_that_takes_no_writes_is_used()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await server.ExecuteAsync("postgres", "ALTER SYSTEM SET default_transaction_read_only = on");
        await server.ExecuteAsync("postgres", "SELECT pg_reload_conf()");
        await Eventually.TrueAsync(async () => (string)(await server.ExecuteAsync("postgres", "SHOW default_transaction_read_only"))! == "on");
        var login = $"{PostgresServer.User}:{PostgresServer.Password}";
        var options = DatabaseOptions.Parse($"postgresql://{login}@127.0.0.1:{server.Port},127.0.0.1:{fixture.Server.Port}/postgres?sslmode=disable");

        (await AskAsync(options, "SELECT current_setting('port')")).Should().Be($"{fixture.Server.Port}");
        (await AskAsync(options with { NeedsPrimary = false }, "SELECT current_setting('port')")).Should().Be($"{server.Port}");
    }

    [Theory]
    [InlineData("?target_session_attrs=standby", "has an unknown target_session_attrs: it must be one of any, read-write, primary")]
    [InlineData("?target_session_attrs=read-only", "has an unknown target_session_attrs")]
    [InlineData("?gssencmode=require", "has an unknown gssencmode: it must be one of disable, prefer")]
    [InlineData("?connect_timeout=-1", "has a connect_timeout that is not a number from 0 to 300")]
    [InlineData("?sslcrl=x", "has the option sslcrl, which is not supported")]
    [InlineData("?hostaddr=1.2.3.4", "has the option hostaddr, which is not supported")]
    [InlineData("?client_encoding=latin1", "has an unknown client_encoding")]
    [InlineData("?sslmod=require", "did you mean sslmode?")]
    [InlineData("?schema=x", "has an unknown option at place 1 behind the question mark: it must be one of application_name, ")]
    [InlineData("?sslmode=", "has an unknown sslmode: it must be one of disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("?host=a", "names hosts twice")]
    [InlineData("?port=1", "has port as an option")]
    public void Option_that_cannot_be_followed_is_explained(string query, string sentence)
    {
        var parse = () => DatabaseOptions.Parse($"postgresql://u@db/tasks{query}");

        parse.Should().Throw<FormatException>().Which.Message.Should().Contain(sentence).And.NotContain("\n");
    }

    [Fact]
    public void All_mistakes_of_a_url_are_told_at_once()
    {
        var parse = () => DatabaseOptions.Parse("postgresql://:x@db:0/?sslmode=maybe&connect_timeout=soon");

        parse.Should().Throw<FormatException>().Which.Message.Split('\n').Should().HaveCount(5).And.OnlyContain(line => line.StartsWith("The database URL has ", StringComparison.Ordinal) || line.StartsWith("The database URL names no ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Database_of_another_encoding_is_refused_with_a_sentence()
    {
        await fixture.Server.ExecuteAsync("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");

        var outcome = await new StockProgram(("TASKRUNNER_DATABASE_URL", fixture.Server.Url("latin"))).RunAsync("migrate");

        outcome.Code.Should().Be(3);
        outcome.Error.Trim().Should().Be($"Database 'latin' at 127.0.0.1:{fixture.Server.Port} has the encoding LATIN1, and it must be UTF8: create it with ENCODING 'UTF8' TEMPLATE template0.");
    }

    private static async Task<string?> AskAsync(DatabaseOptions options, string sql)
    {
        await using var postgres = new Postgres(options);
        return await postgres.RunAsync(
            async (connection, stopping) =>
            {
#pragma warning disable CA2100 // The statement is the test's own.
                await using var command = new Npgsql.NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
                return await command.ExecuteScalarAsync(stopping) as string;
            },
            CancellationToken.None);
    }
}
