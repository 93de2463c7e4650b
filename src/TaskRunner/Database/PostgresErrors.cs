using System.Net.Sockets;
using System.Text;
using Npgsql;
using TaskRunner.Tls;

namespace TaskRunner.Database;

/// <summary>Turns what PostgreSQL and the network say into one sentence for a person.</summary>
internal static class PostgresErrors
{
    /// <summary>Says whether the statement failed because of its data: sending the same again fails again.</summary>
    public static bool IsBadData(Exception e) =>
        e is EncoderFallbackException
        // 22 data exception, 23 integrity constraint, 54 program limit exceeded, P0 an error raised by a function, as triggers are.
        || (e is PostgresException { SqlState: var state } && state[..2] is "22" or "23" or "54" or "P0");

    /// <summary>
    /// Says whether a function, a trigger or a policy raised it, which choose their code themselves: they leave a context. A row that a
    /// policy refuses has none, and the code of a missing privilege: the routine that raised it tells them apart.
    /// </summary>
    public static bool IsRaisedInside(PostgresException e) =>
        e.InvariantSeverity == "ERROR" && (!string.IsNullOrEmpty(e.Where) || e.Routine == "ExecWithCheckOptions");

    /// <summary>
    /// Says whether one of several rows may have caused what looks like an outage: it was raised inside a function, or took too long.
    /// Another row tells.
    /// </summary>
    public static bool MayBeOfRow(Exception? e) => e switch
    {
        NpgsqlException { InnerException: TimeoutException } => true,
        PostgresException { InvariantSeverity: "ERROR", SqlState: PostgresErrorCodes.QueryCanceled } => true,

        // Two transactions that met are nobody's fault, and neither is a lock that somebody holds: time helps.
        PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => false,
        PostgresException raised => IsRaisedInside(raised) && !raised.SqlState.StartsWith("40", StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>
    /// Says whether other connections to the same server are of no more use: it takes no writes since a failover (25006), or it shuts down, crashed or starts (57P01 to 57P05).
    /// </summary>
    public static bool SpoilsConnections(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is PostgresException { SqlState: var state } && (state == PostgresErrorCodes.ReadOnlySqlTransaction || state.StartsWith("57P0", StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What to do about a database that takes no writes.</summary>
    public const string ReadOnlyAdvice = "connect to the primary, or turn off default_transaction_read_only of the role or the database";

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
        PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } refused =>
            $"PostgreSQL at {options.Address} has no connection left for user '{options.User}' and database '{options.Database}' ({Clean(refused.MessageText)}): "
            + "raise max_connections, or the CONNECTION LIMIT of the role or the database, or put a pooler in front.",
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } refused =>
            $"PostgreSQL at {options.Address} takes no writes from user '{options.User}' to database '{options.Database}' ({Clean(refused.MessageText)}): {ReadOnlyAdvice}.",
        PostgresException other =>
            $"PostgreSQL at {options.Address} (database '{options.Database}', user '{options.User}') answered {other.SqlState}: {Clean(other.MessageText)}.",
        _ => ExplainConnection(e, options),
    };

    private static string ExplainConnection(Exception e, DatabaseOptions options)
    {
        var where = $"PostgreSQL at {options.Address} (database '{options.Database}', user '{options.User}')";
        if (e.Message.Contains("No SSL", StringComparison.OrdinalIgnoreCase))
        {
            return $"{where} does not offer TLS, and sslmode={DatabaseTlsName.Of(DatabaseEncryption.Mode(options))} needs it: turn it on at the server, or use sslmode=prefer or disable.";
        }

        return Cause(e) switch
        {
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } =>
                $"{where} cannot be reached: the host name '{options.Host}' is unknown; check the name.",
            // With TLS 1.3 the reset may overtake the server's own reason.
            SocketException { SocketErrorCode: SocketError.ConnectionReset } when options.IsEncrypted && options.CertificateFile is not null =>
                $"{where} closed the connection: check that it accepts the client certificate, and that the server runs.",
            SocketException socket =>
                $"{where} cannot be reached ({Clean(socket.Message)}): check host and port, and that the server runs.",
            TimeoutException =>
                $"{where} did not answer in time: check host, port and network, and the load of the server.",
            _ when Seek<CertificateFileException>(e) is { } file =>
                $"{where} cannot be connected to: {file.Message}.",
            _ when options.IsEncrypted && TlsFailure.Explain(e) is { } tls =>
                $"{where} did not agree on encryption ({Clean(tls)}): check sslmode and the CA file{(options.CertificateFile is null ? "" : ", and the client certificate")}.",
            _ when e.Message.Contains("No password", StringComparison.Ordinal) =>
                $"{where} asks for a password and none is given: set it.",
            _ => $"{where} broke the connection ({Clean(Innermost(e).Message)}): check that the server runs.",
        };
    }

    private static T? Seek<T>(Exception e)
        where T : Exception
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;

    private static Exception Cause(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is SocketException or TimeoutException)
            {
                return cause;
            }
        }

        return e;
    }

    // One line, and no full stop in front of the one that ends our sentence.
    private static string Clean(string message) => message.ReplaceLineEndings(" ").Trim().TrimEnd('.');
}
