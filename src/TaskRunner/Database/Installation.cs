using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Npgsql;
using TaskRunner.Results;

namespace TaskRunner.Database;

/// <summary>Whose rows these are: the schema that holds the tables, and the namespace within them.</summary>
/// <param name="Schema">Name of the schema; see <see cref="IsSchema"/>.</param>
/// <param name="Key">What its rows have in the column <c>namespace</c>: the empty text for the installation that came first.</param>
internal sealed record Installation(string Schema, string Key)
{
    /// <summary>The schema that statements are written for.</summary>
    public const string StandardSchema = "taskrunner";

    /// <summary>What a schema may be called.</summary>
    public const string SchemaRule = "a schema name has 1 to 63 lower-case letters, digits or underscores, and begins with a letter or an underscore but not with pg_";

    /// <summary>Stands for the namespace in a statement.</summary>
    public const string Here = "'#namespace#'";

    /// <summary>Stands for the largest message of a task, in bytes, in a statement.</summary>
    public const string LargestMessage = "#message#";

    // The first one is at home. Of two that come at once, one is.
    private const string Register = """
        INSERT INTO taskrunner.namespaces (namespace, is_home)
        SELECT $1, true WHERE NOT EXISTS (SELECT FROM taskrunner.namespaces)
        ON CONFLICT DO NOTHING
        """;

    private const string RegisterNext = "INSERT INTO taskrunner.namespaces (namespace, is_home) VALUES ($1, false) ON CONFLICT DO NOTHING";

    // In one statement: between two of them a beat may make this installation the first one, and nobody would read what is written then.
    private const string Find = """
        SELECT coalesce((SELECT CASE WHEN is_home THEN 1 ELSE 2 END FROM taskrunner.namespaces WHERE namespace = $1),
                        (SELECT 3 FROM taskrunner.namespaces WHERE is_home), 0)
        """;

    private const string HasSharedNames = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'taskrunner.schedules'::regclass AND conname = 'schedules_name_key')";

    private const string SplitNames = "ALTER TABLE taskrunner.schedules DROP CONSTRAINT IF EXISTS schedules_name_key";

    private static readonly ConditionalWeakTable<Postgres, Installation> Known = [];

    /// <summary>The largest message of a task.</summary>
    public int MessageBytes { get; init; } = 256 * 1024;

    private readonly ConcurrentDictionary<string, string> texts = new(StringComparer.Ordinal);

    /// <summary>Whether a text is the name of a schema that needs no quotes.</summary>
    public static bool IsSchema(string text) =>
        text.Length is > 0 and <= 63
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        && !char.IsAsciiDigit(text[0])
        && !text.StartsWith("pg_", StringComparison.Ordinal);

    /// <summary>The installation of a connection pool's settings; see <see cref="DatabaseOptions.Registers"/>.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer, or is not migrated.</exception>
    public static async ValueTask<Installation> OfAsync(Postgres postgres, CancellationToken cancellationToken)
    {
        if (Known.TryGetValue(postgres, out var known))
        {
            return known;
        }

        var (isHome, isFound) = await postgres.RunAsync((connection, stopping) => ResolveAsync(connection, postgres.Options, stopping), cancellationToken);
        var place = new Installation(postgres.Options.Schema, isHome ? "" : postgres.Options.Namespace)
        {
            MessageBytes = postgres.Options.LargestMessage,
        };
        if (isFound)
        {
            Known.AddOrUpdate(postgres, place);
        }

        return place;
    }

    /// <summary>Lets a pool's installation have names that the one at home has too, as the owner of the tables may; nothing is registered.</summary>
    /// <exception cref="DatabaseUnavailableException">The database did not answer, or is not migrated.</exception>
    public static Task<bool> MakeRoomAsync(Postgres postgres, CancellationToken cancellationToken) => postgres.RunAsync(
        async (connection, stopping) =>
        {
            var place = await FindAsync(connection, postgres.Options, stopping);
            return place is Place.Away or Place.Other && await SplitNamesAsync(connection, postgres.Options, stopping);
        },
        cancellationToken);

    /// <summary>A statement of the program, for this installation.</summary>
    /// <param name="text">A constant of the program, written for <see cref="StandardSchema"/>, with <see cref="Here"/> for the namespace.</param>
    public string Sql(string text) => texts.GetOrAdd(
        text,
        static (text, here) => InSchema(text, here.Schema)
            .Replace(Here, $"'{here.Key}'", StringComparison.Ordinal)
            .Replace(LargestMessage, here.MessageBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal),
        this);

    /// <summary>A statement of the program, for a schema.</summary>
    public static string InSchema(string text, string schema) =>
        schema == StandardSchema ? text : text.Replace($"{StandardSchema}.", $"{schema}.", StringComparison.Ordinal).Replace($"'{StandardSchema}'", $"'{schema}'", StringComparison.Ordinal);

    // What is not in the table may come into it at any time, by a beat: it is true for now.
    private static async Task<(bool IsHome, bool IsFound)> ResolveAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        try
        {
            var place = await FindAsync(connection, options, stopping);
            if (place is Place.Nowhere or Place.Other && options.Registers)
            {
                await RegisterAsync(connection, options, stopping);
                place = await FindAsync(connection, options, stopping);
            }

            if (place == Place.Away && options.Registers)
            {
                await SplitNamesAsync(connection, options, stopping);
            }

            // Whoever only looks must not become the installation that came first.
            return (place is Place.Home or Place.Nowhere, place is Place.Home or Place.Away);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege && !options.Registers)
        {
            // A role of an earlier version, from when there was one installation; what else it may not do, its statement tells.
            return (IsHome: true, IsFound: false);
        }
    }

    private static async Task<Place> FindAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping) =>
        (Place)(int)(await ScalarAsync(connection, Find, options, stopping))!;

    // Each statement sees what another process has registered just before.
    private static async Task RegisterAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        await ScalarAsync(connection, Register, options, stopping);
        await ScalarAsync(connection, RegisterNext, options, stopping);
        await transaction.CommitAsync(stopping);
    }

    // The owner of the tables may do it, as migrate is. Until then a name serves one installation only, and whoever takes it is told.
    private static async Task<bool> SplitNamesAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        if (await ScalarAsync(connection, HasSharedNames, options, stopping) is not true)
        {
            return true;
        }

        try
        {
            await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
            await ScalarAsync(connection, "SELECT set_config('lock_timeout', '2s', true)", options, stopping);
            await ScalarAsync(connection, SplitNames, options, stopping);
            await transaction.CommitAsync(stopping);
            return true;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.LockNotAvailable)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, DatabaseOptions options, CancellationToken stopping)
    {
        await using var command = new NpgsqlCommand(InSchema(sql, options.Schema), connection);
        if (sql.Contains("$1", StringComparison.Ordinal))
        {
            command.Parameters.Add(new() { Value = options.Namespace });
        }

        return await command.ExecuteScalarAsync(stopping);
    }

    /// <summary>Where an installation is, by the numbers of <see cref="Find"/>.</summary>
    private enum Place
    {
        /// <summary>It is not registered, nor is anybody else.</summary>
        Nowhere = 0,

        /// <summary>It came first.</summary>
        Home = 1,

        /// <summary>It came later.</summary>
        Away = 2,

        /// <summary>It is not registered, and another one came first.</summary>
        Other = 3,
    }
}
