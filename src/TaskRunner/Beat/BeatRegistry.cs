using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Knows which beats are alive, by the table <c>taskrunner.beats</c>.</summary>
public sealed class BeatRegistry(Postgres postgres)
{
    private const string Read = "SELECT name, extract(epoch FROM clock_timestamp() - seen_at)::float8, version FROM taskrunner.beats ORDER BY name";

    // A beat that was killed leaves its row behind; after ten minutes nobody looks for it any more.
    private const string Show = """
        WITH gone AS (DELETE FROM taskrunner.beats WHERE seen_at < now() - interval '10 minutes' AND name <> $1)
        INSERT INTO taskrunner.beats (name, seen_at, version) VALUES ($1, now(), $2)
        ON CONFLICT (name) DO UPDATE SET seen_at = now(), version = excluded.version
        """;

    private const string Remove = "DELETE FROM taskrunner.beats WHERE name = $1";

    /// <summary>Lists the beats that have shown themselves, those included that have since gone silent without a clean stop.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer.</exception>
    public Task<IReadOnlyList<BeatInfo>> ReadBeatsAsync(CancellationToken cancellationToken) => postgres.RunAsync(
        static async (connection, stopping) =>
        {
            await using var command = new NpgsqlCommand(Read, connection);
            await using var reader = await command.ExecuteReaderAsync(stopping);
            var beats = new List<BeatInfo>();
            while (await reader.ReadAsync(stopping))
            {
                beats.Add(new BeatInfo(reader.GetString(0), TimeSpan.FromSeconds(Math.Max(0, reader.GetDouble(1))), reader.GetString(2)));
            }

            return (IReadOnlyList<BeatInfo>)beats;
        },
        cancellationToken);

    internal async Task ShowAsync(string name, string version, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Show);
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = version });
        await ExecuteAsync(command, cancellationToken);
    }

    internal async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Remove);
        command.Parameters.Add(new() { Value = name });
        await ExecuteAsync(command, cancellationToken);
    }

    private Task<int> ExecuteAsync(NpgsqlCommand command, CancellationToken cancellationToken) => postgres.RunAsync(
        (connection, stopping) =>
        {
            command.Connection = connection;
            return command.ExecuteNonQueryAsync(stopping);
        },
        cancellationToken);
}
