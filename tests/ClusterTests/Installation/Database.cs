using System.Text.Json;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>The bundled PostgreSQL, asked with its own psql over the socket that needs no password.</summary>
internal sealed class Database(Kubectl kubectl, string pod) : IDisposable
{
    /// <summary>With which psql ends when a statement is refused.</summary>
    private const int Refused = 3;

    private const string Last = "That was all.";

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly string[] Psql =
        ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--username=taskrunner", "taskrunner"];

    private readonly SemaphoreSlim turn = new(1);
    private PodSession? session;

    /// <summary>Runs statements and returns what they print, one row a line.</summary>
    public async Task<string> ExecuteAsync(string sql)
    {
        await turn.WaitAsync();
        try
        {
            return await AskAsync(sql);
        }
        catch (CliException)
        {
            Close();
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Runs a query and reads its rows.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql) =>
        JsonSerializer.Deserialize<IReadOnlyList<T>>(await ExecuteAsync($"SELECT coalesce(json_agg(found), '[]') FROM ({sql}) AS found"), SnakeCase)!;

    public void Dispose()
    {
        Close();
        turn.Dispose();
    }

    // The server of an open session may have been replaced since.
    private async Task<string> AskAsync(string sql)
    {
        if (session is not null)
        {
            try
            {
                return await AskAsync(session, sql);
            }
            catch (CliException e) when (e.ExitCode != Refused)
            {
                Close();
            }
        }

        session = await kubectl.OpenAsync($"pod/{pod}", "postgresql", Psql);
        return await AskAsync(session, sql);
    }

    private static async Task<string> AskAsync(PodSession session, string sql) => (await session.AskAsync($"{sql}\n;\nSELECT '{Last}';\n", Last)).Trim();

    private void Close()
    {
        session?.Dispose();
        session = null;
    }
}
