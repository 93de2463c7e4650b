using System.Globalization;
using FluentAssertions;
using Npgsql;
using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>
/// The database does not change the rows of some ticks: locked, refused with an error or dropped without one. Others go on.
/// </summary>
public sealed class RefusedTickTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const string Raise = "RAISE EXCEPTION 'no tick of this one'";

    private const string Drop = "RETURN NULL";

    private const string IsCursed = "(SELECT name = 'cursed' FROM taskrunner.schedules WHERE id = OLD.schedule_id)";

    private const string Hold =
        "BEGIN; UPDATE taskrunner.ticks AS tick SET reason = 'held' FROM taskrunner.schedules WHERE id = schedule_id AND name = 'cursed'";

    private const string Forgotten = "skipped it may have run: the broker no longer remembers whether it accepted the task";

    private const string Unmarked = "its ticks cannot be marked: ";

    private const string OfHealthy =
        "SELECT state FROM taskrunner.ticks JOIN taskrunner.schedules ON id = schedule_id WHERE name = 'healthy'";

    [Theory]
    [InlineData(null)]
    [InlineData(Raise)]
    [InlineData(Drop)]
    public async Task Schedules_tick_on_after_an_outage_of_the_broker_although_no_tick_of_before_can_be_taken(string? refusal)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("one", "every_ms = 200");
        await bench.AddAsync("two", "every_ms = 200");
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET next_due = now()");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        bench.Start();
        var pending = "SELECT count(DISTINCT schedule_id) FROM taskrunner.ticks WHERE state = 'pending'";
        await Eventually.TrueAsync(async () => await bench.ExecuteAsync(pending) is 2L);
        await using var holder = await ConnectAsync(bench);
        if (refusal is null)
        {
            await ExecuteAsync(holder, "BEGIN; UPDATE taskrunner.ticks SET reason = 'held' WHERE state = 'pending'");
        }
        else
        {
            var last = await bench.ScalarAsync<string>("SELECT max(created_at)::text FROM taskrunner.ticks");
            await CurseAsync(bench, refusal, $"OLD.created_at <= '{last}'");
        }

        bench.Broker.Before = _ => { };

        await BeatBench.UntilAsync("both tick", () => bench.IdsOf("one").Count > 2 && bench.IdsOf("two").Count > 2);
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
    }

    [Theory]
    [InlineData(Drop, 600)]
    [InlineData(Raise, 1500)]
    public async Task Ticks_whose_rows_stay_as_they_are_hold_up_no_tick_behind_them(string refusal, int count)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("cursed", "cron = '@yearly'");
        await bench.AddAsync("healthy", "cron = '@yearly'");
        await AddTicksAsync(bench, "cursed", count, "now() - interval '1 hour'");
        await AddTicksAsync(bench, "healthy", 1, "now() - interval '1 minute'");
        await CurseAsync(bench, refusal, IsCursed);

        bench.Start();

        await BeatBench.UntilAsync("the healthy one is sent", () => bench.IdsOf("healthy").Count == 1, 180);
        bench.IdsOf("cursed").Should().BeEmpty();
        var told = bench.Log.Lines.Where(line => line.Contains("cannot be marked", StringComparison.Ordinal)).ToList();
        told.Should().ContainSingle("one line tells of all ticks of a schedule");
        told[0].Should().Contain(refusal == Drop ? "a trigger, a rule or a policy" : "no tick of this one");
    }

    [Fact]
    public async Task Ticks_that_were_left_alone_are_sent_once_their_rows_can_be_changed()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("cursed", "cron = '@yearly'");
        await AddTicksAsync(bench, "cursed", 60, "now() - interval '1 hour'");
        await CurseAsync(bench, Raise, "true");
        var clock = new JumpingTime();
        bench.Start(new BeatOptions { Name = "beat-1" }, clock);
        bool IsTold() => bench.Log.Lines.Any(line => line.Contains("cannot be marked", StringComparison.Ordinal));
        await BeatBench.UntilAsync("they are left alone", IsTold);

        await bench.ExecuteAsync("DROP TRIGGER curse ON taskrunner.ticks");
        clock.Jump(TimeSpan.FromSeconds(61));

        await BeatBench.UntilAsync("all are sent", () => bench.IdsOf("cursed").Count == 60, 90);
        bench.Broker.Accepted.Select(request => request.Message.Id).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Tick_whose_mark_is_dropped_without_an_error_is_the_problem_of_its_schedule()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("cursed", "cron = '@yearly'");
        await bench.AddAsync("healthy", "cron = '@yearly'");
        await CurseAsync(bench, Drop, $"NEW.state = 'sent' AND {IsCursed}");

        await bench.TickAsync(bench.Create());

        (await ProblemAsync(bench, "cursed")).Should().StartWith($"{Unmarked}a trigger, a rule or a policy");
        (await ProblemAsync(bench, "healthy")).Should().BeNull();
        (await bench.ExecuteAsync(OfHealthy)).Should().Be("sent");
    }

    [Fact]
    public async Task Tick_that_another_beat_has_closed_meanwhile_is_nobodys_problem()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        bench.Broker.After = () => bench.ExecuteAsync("UPDATE taskrunner.ticks SET state = 'ran', check_at = NULL");

        await bench.TickAsync(bench.Create());

        (await bench.ExecuteAsync("SELECT problem FROM taskrunner.schedules")).Should().BeNull();
        bench.Log.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task Two_ticks_by_hand_outside_the_calendar_that_cannot_be_marked_stop_no_other()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("odd", "cron = '@yearly'");
        await bench.AddAsync("healthy", "cron = '@yearly'");
        await bench.ExecuteAsync(
            """
            INSERT INTO taskrunner.ticks (schedule_id, nominal)
            SELECT id, t FROM taskrunner.schedules, unnest(ARRAY['20000-01-01', '30000-01-01']::timestamptz[]) AS t WHERE name = 'odd'
            """);
        await AddTicksAsync(bench, "healthy", 1, "now()");
        await CurseAsync(bench, Raise, "NEW.state = 'refused'");

        await bench.Create().TurnAsync(CancellationToken.None);

        (await bench.ExecuteAsync(OfHealthy)).Should().Be("sent");
        (await ProblemAsync(bench, "odd")).Should().StartWith(Unmarked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Raise)]
    [InlineData(Drop)]
    public async Task Ticks_of_a_clock_that_was_ahead_are_sent_although_one_of_them_cannot_be_changed(string? refusal)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("cursed", "cron = '@yearly'");
        await bench.AddAsync("healthy", "cron = '@yearly'");
        await AddTicksAsync(bench, "cursed", 1, "now() + interval '3 days'");
        await AddTicksAsync(bench, "healthy", 1, "now() + interval '3 days'");
        await using var holder = await ConnectAsync(bench);
        if (refusal is null)
        {
            await ExecuteAsync(holder, Hold);
        }
        else
        {
            await CurseAsync(bench, refusal, IsCursed);
        }

        bench.Start();

        await BeatBench.UntilAsync("the healthy one is sent", () => bench.IdsOf("healthy").Count == 1);
        await ExecuteAsync(holder, "ROLLBACK");
        await bench.ExecuteAsync("DROP TRIGGER IF EXISTS curse ON taskrunner.ticks");
        await BeatBench.UntilAsync("the other one is sent once it can be", () => bench.IdsOf("cursed").Count == 1, 90);
        bench.Log.Lines.Should().NotContain(line => line.Contains("The database is unavailable", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(Raise)]
    public async Task Broker_that_is_back_has_the_ticks_of_late_looked_for_although_one_of_them_cannot_be_changed(string? refusal)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("cursed", "cron = '@yearly'");
        await bench.AddAsync("healthy", "cron = '@yearly'");
        await bench.AddAsync("third", "cron = '@yearly'");
        var beat = bench.Create(new BeatOptions { Name = "beat-1", HandOver = TimeSpan.Zero });
        await bench.TickAsync(beat);
        await bench.ExecuteAsync("UPDATE taskrunner.schedules SET enabled = false");
        bench.Broker.Before = _ => throw new BrokerUnavailableException("away");
        await AddTicksAsync(bench, "third", 1, "now()");
        await beat.TurnAsync(CancellationToken.None);
        bench.Broker.Forget();
        bench.Broker.Before = _ => { };
        await using var holder = await ConnectAsync(bench);
        if (refusal is null)
        {
            await ExecuteAsync(holder, Hold);
        }
        else
        {
            await CurseAsync(bench, refusal, IsCursed);
        }

        await Eventually.TrueAsync(async () =>
        {
            await beat.TurnAsync(CancellationToken.None);
            return bench.IdsOf("healthy").Count == 2;
        });

        bench.IdsOf("cursed").Should().ContainSingle();
    }

    [Fact]
    public async Task Schedule_that_somebody_holds_keeps_no_problem_of_another_from_being_noted()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("held", "cron = '@yearly'");
        await bench.AddAsync("free", "cron = '@yearly'");
        await bench.ExecuteAsync("INSERT INTO taskrunner.ticks (schedule_id, nominal) SELECT id, '20000-01-01' FROM taskrunner.schedules");
        await using var holder = await ConnectAsync(bench);
        await ExecuteAsync(holder, "BEGIN; UPDATE taskrunner.schedules SET description = 'held' WHERE name = 'held'");

        await bench.Create().TurnAsync(CancellationToken.None);

        (await ProblemAsync(bench, "free")).Should().Contain("is not in the years 1 to 9999");
        (await bench.ExecuteAsync("SELECT bool_and(state = 'refused') FROM taskrunner.ticks")).Should().Be(true);
    }

    [Theory]
    [InlineData("state = 'pending', queue = 'default', created_at = now() - interval '25 hours'", false, Forgotten)]
    [InlineData("state = 'pending', queue = 'default', created_at = now() - interval '25 hours'", true, "sent")]
    [InlineData("state = 'pending', queue = NULL, created_at = now() - interval '25 hours'", false, "sent")]
    [InlineData("state = 'pending', queue = 'default', created_at = now() - interval '23 hours'", false, "sent")]
    [InlineData("state = 'pending', queue = 'default', created_at = 'infinity'", false, "sent")]
    [InlineData("state = 'buffered', queue = 'default', created_at = now() - interval '25 hours'", false, "sent")]
    [InlineData("state = 'buffered', queue = 'default', check_at = now() - interval '25 hours'", false, Forgotten)]
    public async Task Tick_that_the_broker_may_have_had_and_forgotten_is_not_sent_a_second_time(string row, bool isKnown, string expected)
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.AddAsync("s", "cron = '@yearly'");
        await AddTicksAsync(bench, "s", 1, "now()");
        var beat = bench.Create();
        if (isKnown)
        {
            await beat.RunOnceAsync(CancellationToken.None);
        }

        await bench.ExecuteAsync($"UPDATE taskrunner.ticks SET check_at = now(); UPDATE taskrunner.ticks SET {row}");
        await bench.Create("beat-2").RunOnceAsync(CancellationToken.None);

        (await bench.ExecuteAsync(BeatBench.Ticks)).Should().Be(expected);
        bench.Broker.Accepted.Should().HaveCount(expected == "sent" ? 1 : 0);
        bench.Log.Lines.Count(line => line.Contains("may have run", StringComparison.Ordinal)).Should().Be(expected == "sent" ? 0 : 1);
    }

    [Fact]
    public async Task Declared_schedule_that_the_database_refuses_keeps_no_other_from_its_ticks_and_comes_once_it_is_accepted()
    {
        await using var bench = await BeatBench.OpenAsync(fixture);
        await bench.ExecuteAsync(
            """
            CREATE FUNCTION public.curse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
            CREATE TRIGGER curse BEFORE INSERT OR UPDATE ON taskrunner.schedules
                FOR EACH ROW WHEN (NEW.name = 'bad') EXECUTE FUNCTION public.curse()
            """);
        ScheduleDeclaration Every(string name) =>
            new() { Name = name, Timing = new() { Every = TimeSpan.FromMilliseconds(200) }, Task = "debug.echo" };

        var beat = bench.Create(new BeatOptions
        {
            Name = "beat-1",
            Declared = [Every("good"), Every("bad"), Every("better")],
            CountInterval = TimeSpan.FromMilliseconds(100),
        });
        using var stop = new CancellationTokenSource();
        var running = beat.RunAsync(stop.Token);

        bool HaveOthersTicked() => bench.IdsOf("good").Count > 1 && bench.IdsOf("better").Count > 1;
        await BeatBench.UntilAsync("the others tick", () => running.IsCompleted || HaveOthersTicked());
        running.IsCompleted.Should().BeFalse("one schedule that is refused ends no beat");
        bench.Log.Lines.Should().ContainSingle(line => line.Contains("schedules.bad", StringComparison.Ordinal))
            .Which.Should().Contain("not this one");
        await bench.ExecuteAsync("DROP TRIGGER curse ON taskrunner.schedules");
        await BeatBench.UntilAsync("it ticks", () => bench.IdsOf("bad").Count > 1);
        await stop.CancelAsync();
        await running;
    }

    private static async Task<string?> ProblemAsync(BeatBench bench, string schedule) =>
        (string?)await bench.ExecuteAsync($"SELECT problem FROM taskrunner.schedules WHERE name = '{schedule}'");

    private static Task<object?> AddTicksAsync(BeatBench bench, string schedule, int count, string checkAt) => bench.ExecuteAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        INSERT INTO taskrunner.ticks (schedule_id, nominal, check_at)
        SELECT id, now() - n * interval '1 millisecond', {checkAt}
          FROM taskrunner.schedules, generate_series(1, {count}) AS n
         WHERE name = '{schedule}'
        """));

    private static Task<object?> CurseAsync(BeatBench bench, string refusal, string where) => bench.ExecuteAsync(
        $"""
        CREATE FUNCTION public.curse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {where} THEN {refusal}; END IF; RETURN NEW; END $$;
        CREATE TRIGGER curse BEFORE UPDATE ON taskrunner.ticks FOR EACH ROW EXECUTE FUNCTION public.curse()
        """);

    private async Task<NpgsqlConnection> ConnectAsync(BeatBench bench)
    {
        var connection = new NpgsqlConnection(
            $"Host=127.0.0.1;Port={fixture.Server.Port};Username={PostgresServer.User};Password={PostgresServer.Password};"
            + $"Database={bench.Options.Database};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        // The statement is the test's own.
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
