using TaskRunner.Tests.Support;

namespace TaskRunner.Tests.Beat.Celery;

/// <summary>A database with the tables of django-celery-beat.</summary>
internal sealed class CeleryDatabase(PostgresFixture fixture, string database)
{
    public string Url => fixture.Server.Url(database);

    /// <summary>Makes the tables in an empty database, or beside those of TaskRunner.</summary>
    public static async Task<CeleryDatabase> CreateAsync(PostgresFixture fixture, string database)
    {
        await fixture.Server.ExecuteAsync(database, await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Beat", "Celery", "tables.sql")));
        return new CeleryDatabase(fixture, database);
    }

    /// <summary>Adds a crontab; its id.</summary>
    public Task<int> CrontabAsync(string minute, string hour, string day, string month, string weekday, string zone = "UTC") => IdAsync(
        $"INSERT INTO django_celery_beat_crontabschedule (minute, hour, day_of_month, month_of_year, day_of_week, timezone) VALUES ('{minute}', '{hour}', '{day}', '{month}', '{weekday}', '{zone}') RETURNING id");

    public Task<int> IntervalAsync(int every, string period) =>
        IdAsync($"INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES ({every}, '{period}') RETURNING id");

    public Task<int> ClockedAsync(string time) => IdAsync($"INSERT INTO django_celery_beat_clockedschedule (clocked_time) VALUES ('{time}') RETURNING id");

    public Task<int> SolarAsync(string occasion) =>
        IdAsync($"INSERT INTO django_celery_beat_solarschedule (event, latitude, longitude) VALUES ('{occasion}', 52.5, 13.4) RETURNING id");

    /// <summary>Adds a periodic task; further columns as SQL, for example <c>crontab_id = 1</c>.</summary>
    public Task TaskAsync(string name, params IReadOnlyList<(string Column, string Sql)> columns)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = $"'{name}'",
            ["task"] = $"'tasks.{name}'",
            ["args"] = "'[]'",
            ["kwargs"] = "'{}'",
            ["enabled"] = "true",
            ["total_run_count"] = "0",
            ["date_changed"] = "'2026-01-01 00:00:30Z'",
            ["description"] = "''",
            ["one_off"] = "false",
            ["headers"] = "'{}'",
        };
        foreach (var (column, sql) in columns)
        {
            all[column] = sql;
        }

        return fixture.Server.ExecuteAsync(database, $"INSERT INTO django_celery_beat_periodictask ({string.Join(", ", all.Keys)}) VALUES ({string.Join(", ", all.Values)})");
    }

    private Task<int> IdAsync(string sql) => fixture.Server.ScalarAsync<int>(database, sql);
}
