using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Knows which beats are alive, by the table <c>taskrunner.beats</c>.</summary>
public sealed class BeatRegistry(Postgres postgres)
{
    private const string Read =
        $"SELECT name, extract(epoch FROM clock_timestamp() - seen_at)::float8, version FROM taskrunner.beats WHERE namespace = {Installation.Here} AND isfinite(seen_at) ORDER BY name";

    // A beat that was killed leaves its row behind; after ten minutes nobody looks for it any more.
    private const string Show = $"""
        WITH gone AS (DELETE FROM taskrunner.beats WHERE seen_at < now() - interval '10 minutes' AND name <> $1)
        INSERT INTO taskrunner.beats (name, seen_at, version, namespace, declares) VALUES ($1, now(), $2, {Installation.Here}, $3)
        ON CONFLICT (name) DO UPDATE SET seen_at = now(), version = excluded.version, declares = excluded.declares
        """;

    private const string Remove = "DELETE FROM taskrunner.beats WHERE name = $1";

    /// <summary>Lists the beats that have shown themselves, those included that have since gone silent without a clean stop.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<BeatInfo>> ReadBeatsAsync(CancellationToken cancellationToken) => postgres.HereAsync(
        static async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(Read), here.Connection);
            await using var reader = await command.ExecuteReaderAsync(stopping);
            var beats = new List<BeatInfo>();
            while (await reader.ReadAsync(stopping))
            {
                beats.Add(new BeatInfo(reader.GetString(0), TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(1))), reader.GetString(2)));
            }

            return (IReadOnlyList<BeatInfo>)beats;
        },
        cancellationToken);

    /// <param name="declares">The fingerprint of its declared schedules that are in force; null when it has none.</param>
    internal async Task ShowAsync(string name, string version, string? declares, CancellationToken cancellationToken)
    {
        await ExecuteAsync(Show, [name, version, declares], cancellationToken);
    }

    internal async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await ExecuteAsync(Remove, [name], cancellationToken);
    }

    private Task<int> ExecuteAsync(string sql, string?[] values, CancellationToken cancellationToken) => postgres.CommittedAsync(
        async (here, stopping) =>
        {
            await using var command = new NpgsqlCommand(here.Sql(sql), here.Connection);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = value });
            }

            return await command.ExecuteNonQueryAsync(stopping);
        },
        cancellationToken);
}
