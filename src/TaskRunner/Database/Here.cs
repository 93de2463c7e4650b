using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>A connection, and whose rows it is used for.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Place">The installation.</param>
internal readonly record struct Here(NpgsqlConnection Connection, Installation Place)
{
    /// <summary>A statement for this installation.</summary>
    /// <param name="text">A constant of the program.</param>
    public string Sql(string text) => Place.Sql(text);
}

/// <summary>Pieces of work for one installation.</summary>
internal static class HereExtensions
{
    /// <summary>Lends a connection to one piece of work for the installation that the pool is configured for.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    public static async Task<T> HereAsync<T>(this Postgres postgres, Func<Here, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        var place = await Installation.OfAsync(postgres, cancellationToken);
        return await postgres.RunAsync((connection, stopping) => work(new Here(connection, place), stopping), cancellationToken);
    }

    /// <summary>The same in one transaction that reads what is committed, whatever the database's or the user's default is.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer or refused; the message says what to check.</exception>
    public static Task<T> CommittedAsync<T>(this Postgres postgres, Func<Here, CancellationToken, Task<T>> work, CancellationToken cancellationToken) => postgres.HereAsync(
        async (here, stopping) =>
        {
            await using var transaction = await here.Connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
            var result = await work(here, stopping);
            await transaction.CommitAsync(stopping);
            return result;
        },
        cancellationToken);
}
