using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Npgsql;

namespace TaskRunner.Database;

/// <summary>Turns what PostgreSQL and the network say into one sentence for a person.</summary>
internal static class PostgresErrors
{
    /// <summary>Says whether the statement failed because of its data: sending the same again fails again.</summary>
    public static bool IsBadData(Exception e) =>
        e is EncoderFallbackException
        // 22 data exception, 23 integrity constraint, 54 program limit exceeded.
        || (e is PostgresException { SqlState: var state } && state[..2] is "22" or "23" or "54");

    /// <summary>Names host, port, database and user, and what to check; never the password.</summary>
    public static string Explain(Exception e, DatabaseOptions options) => e switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused =>
            $"PostgreSQL at {options.Address} refused the login of user '{options.User}' to database '{options.Database}' ({Clean(refused.MessageText)}): check the user, the password and pg_hba.conf.",
        PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } =>
            $"PostgreSQL at {options.Address} has no database '{options.Database}' (user '{options.User}'): create it or correct the URL.",
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedColumn } =>
            $"The schema of database '{options.Database}' at {options.Address} is not migrated: run taskrunner migrate.",
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused =>
            $"User '{options.User}' may not do this in database '{options.Database}' at {options.Address} ({Clean(refused.MessageText)}): grant the privilege or use the owner of the schema.",
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } =>
            $"PostgreSQL at {options.Address} has no connection left for user '{options.User}' and database '{options.Database}': raise max_connections or put a pooler in front.",
        PostgresException other =>
            $"PostgreSQL at {options.Address} (database '{options.Database}', user '{options.User}') answered {other.SqlState}: {Clean(other.MessageText)}.",
        _ => ExplainConnection(e, options),
    };

    private static string ExplainConnection(Exception e, DatabaseOptions options)
    {
        var where = $"PostgreSQL at {options.Address} (database '{options.Database}', user '{options.User}')";
        return Cause(e) switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                $"{where} cannot be reached: the host name '{options.Host}' is unknown; check the name.",
            SocketException socket =>
                $"{where} cannot be reached ({Clean(socket.Message)}): check host and port, and that the server runs.",
            AuthenticationException tls =>
                $"{where} did not agree on encryption ({Clean(tls.Message)}): check sslmode and the CA file.",
            TimeoutException =>
                $"{where} did not answer in time: check host, port and network, and the load of the server.",
            _ when e.Message.Contains("No password", StringComparison.Ordinal) =>
                $"{where} asks for a password and none is given: set it.",
            _ => $"{where} broke the connection ({Clean(e.Message)}): check that the server runs.",
        };
    }

    private static Exception Cause(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException or AuthenticationException or TimeoutException)
            {
                return cause;
            }
        }

        return e;
    }

    // One line, and no full stop in front of the one that ends our sentence.
    private static string Clean(string message) => message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
