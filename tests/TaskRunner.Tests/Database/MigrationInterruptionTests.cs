using System.Globalization;
using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class MigrationInterruptionTests(PostgresFixture fixture, ITestOutputHelper log)
{
    private const int Sample = 8;

    // A sequence is not undone with the transaction: it counts all commands that were ever carried out.
    private const string Interrupt = """
        CREATE SEQUENCE public.commands;
        CREATE TABLE public.stop_at (n bigint);
        INSERT INTO public.stop_at VALUES (0);
        CREATE FUNCTION public.interrupt() RETURNS event_trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF nextval('public.commands') = (SELECT n FROM public.stop_at) THEN
                PERFORM pg_terminate_backend(pg_backend_pid());
            END IF;
        END
        $$;
        CREATE EVENT TRIGGER interrupt ON ddl_command_end EXECUTE FUNCTION public.interrupt();
        """;

    [Fact]
    public async Task Migration_that_is_cut_off_at_whichever_statement_is_whole_after_the_next_run()
    {
        var options = await fixture.CreateEmptyAsync();
        await fixture.Server.ExecuteAsync(options.Database, Interrupt);
        await using var postgres = new Postgres(options);
        var migrator = new Migrator(postgres);
        await migrator.MigrateAsync(CancellationToken.None);
        var statements = await fixture.Server.ScalarAsync<long>(options.Database, "SELECT last_value FROM public.commands");
        statements.Should().BeGreaterThan(20, "there are that many");

        foreach (var n in DailySample.Of([.. Enumerable.Range(1, (int)statements)], Sample, "migrations", log))
        {
            await fixture.Server.ExecuteAsync(options.Database, string.Create(
                CultureInfo.InvariantCulture,
                $"DROP SCHEMA taskrunner CASCADE; SELECT setval('public.commands', 1, false); UPDATE public.stop_at SET n = {n}"));

            await FluentActions.Awaiting(() => migrator.MigrateAsync(CancellationToken.None))
                .Should().ThrowAsync<DatabaseUnavailableException>($"statement {n} cuts it off");

            var left = await migrator.PendingAsync(CancellationToken.None);
            var applied = await migrator.MigrateAsync(CancellationToken.None);
            applied.Should().Equal(left);
            (await migrator.IsCurrentAsync(CancellationToken.None)).Should().BeTrue();
        }
    }
}
