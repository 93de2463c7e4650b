using System.Text.Json;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat.Celery;

/// <summary>Reads the tables of django-celery-beat 2.0 and later.</summary>
internal sealed class CeleryTables(Postgres postgres)
{
    private const string Exists = "SELECT to_regclass('django_celery_beat_periodictask') IS NOT NULL";

    // Whole rows as JSON: which columns there are depends on the version.
    private const string Select = """
        SELECT to_jsonb(entry)::text, to_jsonb(crontab)::text, to_jsonb(span)::text, to_jsonb(clocked)::text, to_jsonb(solar)::text
          FROM django_celery_beat_periodictask AS entry
          LEFT JOIN django_celery_beat_crontabschedule AS crontab ON crontab.id = entry.crontab_id
          LEFT JOIN django_celery_beat_intervalschedule AS span ON span.id = entry.interval_id
          LEFT JOIN django_celery_beat_clockedschedule AS clocked ON clocked.id = entry.clocked_id
          LEFT JOIN django_celery_beat_solarschedule AS solar ON solar.id = entry.solar_id
         ORDER BY entry.name
        """;

    /// <summary>All periodic tasks by name; null when the database has no such tables.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused.</exception>
    public Task<IReadOnlyList<CeleryEntry>?> ReadAsync(CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            await using (var exists = new NpgsqlCommand(Exists, connection))
            {
                if (await exists.ExecuteScalarAsync(stopping) is not true)
                {
                    return null;
                }
            }

            await using var command = new NpgsqlCommand(Select, connection);
            await using var reader = await command.ExecuteReaderAsync(stopping);
            var entries = new List<CeleryEntry>();
            while (await reader.ReadAsync(stopping))
            {
                entries.Add(new CeleryEntry(Row(reader, 0)!.Value, Row(reader, 1), Row(reader, 2), Row(reader, 3), Row(reader, 4)));
            }

            return (IReadOnlyList<CeleryEntry>?)entries;
        },
        cancellationToken);

    private static JsonElement? Row(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : JsonElement.Parse(reader.GetString(column));
}
