using System.Globalization;
using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>One sequence: beats on a PostgreSQL, brokers, clocks and what the model knows of the schedules.</summary>
internal sealed partial class BeatWorld : IAsyncDisposable
{
    /// <summary>Namespace of the installation that comes first.</summary>
    public const string Home = "home";

    private readonly List<ModelPlace> places = [];
    private readonly List<ModelBeat> beats = [];
    private readonly List<ModelSchedule> schedules = [];
    private readonly TickLedger ledger = new();
    private readonly List<string> faults = [];
    private readonly NpgsqlDataSource source;
    private readonly DatabaseOptions options;
    private int names;

    private BeatWorld(NpgsqlDataSource source, DatabaseOptions options, ModelTime time)
    {
        this.source = source;
        this.options = options;
        Time = time;
    }

    public ModelTime Time { get; }

    public IReadOnlyList<ModelPlace> Places => places;

    public IReadOnlyList<ModelBeat> Beats => beats;

    /// <summary>The schedules that are there.</summary>
    public IReadOnlyList<ModelSchedule> Present => [.. schedules.Where(schedule => !schedule.IsRemoved)];

    /// <summary>A world with two beats and no schedules.</summary>
    public static async Task<BeatWorld> OpenAsync(NpgsqlDataSource source, DatabaseOptions options, ModelTime time)
    {
        await time.ResetAsync();
        var world = new BeatWorld(source, options, time);
        await world.ExecuteAsync(Reset);
        world.places.Add(new ModelPlace(world, options with { Namespace = Home, Registers = true }));
        await world.places[0].Table.ListAsync(CancellationToken.None);
        world.Start(world.places[0], "beat-1");
        world.Start(world.places[0], "beat-2");
        await world.CleanAsync(world.beats[0]);
        return world;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A name that no schedule had.</summary>
    public string NextName() => string.Create(CultureInfo.InvariantCulture, $"s{++names}");

    /// <summary>Notes a schedule that was added.</summary>
    public async Task AddedAsync(ModelPlace place, string name, int every)
    {
        await using var command = source.CreateCommand($"SELECT id FROM taskrunner.schedules WHERE namespace = '{place.Key}' AND name = '{name}'");
        var schedule = new ModelSchedule((Guid)(await command.ExecuteScalarAsync())!, place, name, every);
        schedule.Begin((await StateAsync(schedule))!);
        schedules.Add(schedule);
    }

    /// <summary>Edits one of the schedules that are there, and notes what became of it.</summary>
    /// <returns>Which; null when there is none.</returns>
    public async Task<string?> EditAsync(BeatCommand command, Func<ModelSchedule, Task> editAsync, int? every = null, string what = "")
    {
        if (Present.Count == 0)
        {
            return null;
        }

        var schedule = BeatCommand.Pick(command.Target, Present);
        var before = (await StateAsync(schedule))!;
        var told = $"{schedule}{(command.IsOdd ? " by SQL" : " by verb")} {what}";
        await editAsync(schedule);
        schedule.Edited(before, await StateAsync(schedule), every ?? schedule.Every, ledger.Turns);
        return told;
    }

    /// <summary>Another beat in the place of one that is gone.</summary>
    public async Task ReplaceAsync(ModelBeat beat)
    {
        await beat.DisposeAsync();
        var at = beats.IndexOf(beat);
        beats[at] = new ModelBeat(beat.Place, beat.Name, options.Port, Time);
    }

    /// <summary>A second installation with two beats, the first time.</summary>
    public async Task AddPlaceAsync()
    {
        if (places.Count == 1)
        {
            var place = new ModelPlace(this, options with { Namespace = "erp", Registers = true });
            places.Add(place);
            await place.Table.ListAsync(CancellationToken.None);
            Start(place, "erp-1");
            Start(place, "erp-2");
        }
    }

    /// <summary>Has a beat's janitor make partitions and drop what is over and old.</summary>
    public async Task CleanAsync(ModelBeat beat)
    {
        await beat.Janitor.RunOnceAsync(CancellationToken.None);
        await CheckAsync(Time.GetUtcNow().UtcDateTime - TickLedger.TimeToLive);
    }

    /// <summary>Tasks have their results, and give their keys back.</summary>
    public async Task FinishAsync(ModelPlace place, IReadOnlyList<Guid> ids)
    {
        await using var command = source.CreateCommand(
            $"""
            INSERT INTO taskrunner.results (namespace, task_id, task, queue, state, attempts, redeliveries, enqueued_at, started_at, finished_at, expires_at)
            SELECT '{place.Key}', id, 't', 'default', 'succeeded', 1, 0, now(), now(), now(), now() + interval '30 days' FROM unnest($1) AS id ON CONFLICT DO NOTHING
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        await command.ExecuteNonQueryAsync();
        foreach (var id in ids)
        {
            place.Broker.Finish(id);
        }
    }

    /// <summary>Looks at the ticks for which a broker is asked: each is a row that is committed, and not over.</summary>
    public async Task ExamineAsync(IReadOnlyList<Guid> ids)
    {
        await using var command = source.CreateCommand($"{ModelTick.All} WHERE task_id = ANY ($1) OR task_id IS NULL");
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. ids] });
        var found = (await ReadAsync(command)).ToLookup(row => row.Id);
        lock (faults)
        {
            faults.AddRange(ids.Where(id => !found[id].Any()).Select(id => $"a task {id} is to be enqueued that has no row"));
            faults.AddRange(ids.SelectMany(id => found[id]).Where(row => row.IsFinal).Select(row => $"a task is to be enqueued for {row}"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var beat in beats)
        {
            await beat.DisposeAsync();
        }

        foreach (var place in places)
        {
            await place.DisposeAsync();
        }
    }

    private void Start(ModelPlace place, string name) => beats.Add(new ModelBeat(place, name, options.Port, Time));

    private async Task<ScheduleState?> StateAsync(ModelSchedule schedule)
    {
        await using var command = source.CreateCommand($"SELECT enabled, since, next_due, problem FROM taskrunner.schedules WHERE id = '{schedule.Id}'");
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync()
            ? new ScheduleState(row.GetBoolean(0), row.GetDateTime(1), await row.IsDBNullAsync(2) ? null : row.GetDateTime(2), await row.IsDBNullAsync(3) ? null : row.GetString(3))
            : null;
    }

    private async Task<DateTime> ClockAsync()
    {
        await using var command = source.CreateCommand("SELECT clock_timestamp()");
        return (DateTime)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<List<ModelTick>> ReadAsync(NpgsqlCommand command)
    {
        var rows = new List<ModelTick>();
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            rows.Add(ModelTick.Read(reader));
        }

        return rows;
    }

    private const string Reset = """
        DO $$
        DECLARE part text;
        BEGIN
            FOR part IN SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = 'taskrunner.ticks'::regclass AND child.relname <> 'ticks_default' LOOP
                EXECUTE format('DROP TABLE taskrunner.%I', part);
            END LOOP;
        END
        $$;
        TRUNCATE taskrunner.schedules, taskrunner.ticks, taskrunner.set_aside, taskrunner.results, taskrunner.clock_jumps, taskrunner.namespaces, taskrunner.beats
        """;
}
