using System.Globalization;
using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Database;

[Collection(PostgresFixture.Name)]
public sealed class MigrationInterruptionTests(PostgresFixture fixture)
{
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
        var stops = 0;
        for (var n = 1; ; n++)
        {
            await fixture.Server.ExecuteAsync(options.Database, string.Create(CultureInfo.InvariantCulture, $"DROP SCHEMA IF EXISTS taskrunner CASCADE; SELECT setval('public.commands', 1, false); UPDATE public.stop_at SET n = {n}"));
            await using var postgres = new Postgres(options);
            var migrator = new Migrator(postgres);
            try
            {
                await migrator.MigrateAsync(CancellationToken.None);
                break;
            }
            catch (DatabaseUnavailableException)
            {
                stops++;
            }

            var left = await migrator.PendingAsync(CancellationToken.None);
            var applied = await migrator.MigrateAsync(CancellationToken.None);
            applied.Should().Equal(left);
            (await migrator.IsCurrentAsync(CancellationToken.None)).Should().BeTrue();
        }

        stops.Should().BeGreaterThan(20, "there are that many statements");
    }
}
