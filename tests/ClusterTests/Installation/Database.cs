using System.Text.Json;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>The bundled PostgreSQL, asked with its own psql over the socket that needs no password.</summary>
internal sealed class Database(Kubectl kubectl, string pod) : IDisposable
{
    private const string Last = "That was all.";
    private const string SayLast = $"SELECT '{Last}';\n";

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
        catch
        {
            // A late answer is not to be taken for that to the next question.
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

    // The server of an open session may have been replaced since. It is asked for a sign of life, so that a statement is sent once.
    private async Task<string> AskAsync(string sql)
    {
        if (session is not null && !await AnswersAsync(session))
        {
            Close();
        }

        session ??= await kubectl.OpenAsync($"pod/{pod}", "postgresql", Psql);
        return (await session.AskAsync($"{sql}\n;\n{SayLast}", Last)).Trim();
    }

    private static async Task<bool> AnswersAsync(PodSession session)
    {
        try
        {
            await session.AskAsync(SayLast, Last, within: TimeSpan.FromSeconds(5));
            return true;
        }
        catch (CliException)
        {
            return false;
        }
    }

    private void Close()
    {
        session?.Dispose();
        session = null;
    }
}
