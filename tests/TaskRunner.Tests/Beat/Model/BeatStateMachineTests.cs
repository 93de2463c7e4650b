using System.Globalization;
using FluentAssertions;
using Npgsql;
using TaskRunner.FaultTests.Model;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>
/// Random edits, deaths, cuts, outages, jumps of clocks and passing time to some beats on a real PostgreSQL: at the end each nominal tick has one row, each row that says
/// so one task, and each task a row.
/// </summary>
public sealed class BeatStateMachineTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Length = 45;

    private static readonly int Sequences = int.TryParse(Environment.GetEnvironmentVariable("TASKRUNNER_TEST_SEQUENCES"), CultureInfo.InvariantCulture, out var given) ? given : 12;

    private PostgresServer? server;

    public async Task InitializeAsync() => server = await PostgresServer.StartNewWithClockAsync();

    public Task DisposeAsync() => server!.DisposeAsync().AsTask();

    [Fact]
    public async Task Ledger_of_ticks_and_tasks_balances_whatever_happens()
    {
        var options = await server!.CreateMigratedAsync();
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={options.Port};Database={options.Database};Username={PostgresServer.User};Password={PostgresServer.Password};SSL Mode=Disable");
        var time = new ModelTime(server);
        var (seen, enqueued) = (0, 0L);

        await StateMachine.CheckAsync(Sequences, Length, BeatCommand.Draw, async commands =>
        {
            await using var world = await BeatWorld.OpenAsync(source, options, time);
            var trace = new List<string>();
            foreach (var command in commands)
            {
                if (await command.Verb.DoAsync(world, command) is { } told)
                {
                    trace.Add($"{command.Verb.Name} {told}");
                    if (await world.FaultAsync() is { } fault)
                    {
                        return StateMachine.Report(fault, trace);
                    }
                }
            }

            seen++;
            var wrong = await world.FaultWhenHealedAsync();
            enqueued += world.Places.Sum(place => place.Broker.Accepted.Count);
            return wrong is null ? null : StateMachine.Report(wrong, trace);
        });

        output.WriteLine($"{seen} sequences, {enqueued} tasks");
        enqueued.Should().BeGreaterThan(Sequences, "sequences in which nothing ticks prove nothing");
    }
}
