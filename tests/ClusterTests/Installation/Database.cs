using System.Text.Json;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>The bundled PostgreSQL, asked with its own psql over the socket that needs no password.</summary>
internal sealed class Database(Kubectl kubectl, string pod)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    // Its input has no end of its own.
    private const string End = "\n;\n\\q\n";

    /// <summary>Runs statements and returns what they print, one row a line.</summary>
    public async Task<string> ExecuteAsync(string sql)
    {
        string[] command =
        [
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--username=taskrunner", "taskrunner",
        ];
        return (await kubectl.ExecAsync($"pod/{pod}", "postgresql", command, sql + End)).Trim();
    }

    /// <summary>Runs a query and reads its rows.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql) =>
        JsonSerializer.Deserialize<IReadOnlyList<T>>(await ExecuteAsync($"SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found"), SnakeCase)!;
}
