using System.Diagnostics.CodeAnalysis;
using Npgsql;
using TaskRunner.Database;
using TaskRunner.Results;

namespace TaskRunner.Beat;

/// <summary>Tells failures that some row may have caused from those of the server, the network or the schema.</summary>
internal static class RowFault
{
    /// <summary>Whether the same statement may succeed without one of its rows.</summary>
    /// <param name="e">What was thrown by a call to the database.</param>
    public static bool IsPossible(Exception e) => e switch
    {
        DatabaseUnavailableException { InnerException: { } inner } => IsPossible(inner),
        PostgresException refused => IsOfRow(refused),

        // A trigger that sleeps and a value that is too large to be sent in time look like a server that hangs; the next, smaller call tells.
        NpgsqlException { InnerException: TimeoutException } => true,
        // A row, or a batch of them, that is too large for this process: a smaller call takes less.
        OutOfMemoryException => true,
        SilentRefusalException or System.Text.EncoderFallbackException or InvalidCastException or OverflowException or FormatException or ArgumentException => true,
        _ => false,
    };

    /// <summary>Whether the transaction goes on after a savepoint: the server refused the statement and nothing else happened.</summary>
    public static bool IsRefusal(Exception e) => e is SilentRefusalException || (e is PostgresException refused && IsOfRow(refused));

    /// <summary>Whether only time is needed: somebody holds a lock, or two transactions met.</summary>
    public static bool IsPassing(Exception e) =>
        (e is DatabaseUnavailableException ? e.InnerException : e) is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure };

    /// <summary>Whether the server cut the statement off for its time: it may be the row, and it may be the server.</summary>
    public static bool IsCutOff(Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };

    /// <summary>What the database said, in one line.</summary>
    [SuppressMessage("Style", "IDE0072:Add missing cases", Justification = "All others say it themselves.")]
    public static string Text(Exception e) => (e is DatabaseUnavailableException ? e.InnerException ?? e : e) switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => "the database does not finish with it in time",
        PostgresException refused => Sentence.Fit($"the database refuses it: {refused.MessageText.Trim().TrimEnd('.')} ({refused.SqlState})")!,
        OutOfMemoryException => "it is too large to be read",
        NpgsqlException { InnerException: TimeoutException } => "the database does not finish with it in time",
        var other => Sentence.Of(other),
    };

    // What is raised inside a function is a row's, whatever its code. Of the rest, 08 connection, 0A not supported, 25 transaction state
    // (read-only), 28 login, 3D database, 53 resources, 57 operator (shutdown), 58 system are not. Of classes 3F and 42 (names, privileges)
    // what the parser found has a position in the statement; the rest comes from values, such as a text that is cast to regclass. A
    // statement that was cut off for its time (57014) may be slow for one row.
    private static bool IsOfRow(PostgresException e) => e.InvariantSeverity == "ERROR"
        && (PostgresErrors.IsRaisedInside(e) || e.SqlState == PostgresErrorCodes.QueryCanceled || e.SqlState[..2] switch
        {
            "08" or "0A" or "25" or "28" or "3D" or "53" or "57" or "58" => false,
            "3F" => e.Position == 0,
            "42" => e.Position == 0 && e.SqlState is not (PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidColumnReference),
            _ => true,
        });
}
