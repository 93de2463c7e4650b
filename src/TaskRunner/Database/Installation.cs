using System.Collections.Concurrent;
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

    // The first one is at home. Of two that come at once, one is.
    private const string Register = """
        INSERT INTO taskrunner.namespaces (namespace, is_home)
        SELECT $1, true WHERE NOT EXISTS (SELECT FROM taskrunner.namespaces)
        ON CONFLICT DO NOTHING
        """;

    private const string RegisterNext = "INSERT INTO taskrunner.namespaces (namespace, is_home) VALUES ($1, false) ON CONFLICT DO NOTHING";

    private const string Find = "SELECT is_home FROM taskrunner.namespaces WHERE namespace = $1";

    private const string HasHome = "SELECT EXISTS (SELECT FROM taskrunner.namespaces WHERE is_home)";

    private const string HasSharedNames = "SELECT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'taskrunner.schedules'::regclass AND conname = 'schedules_name_key')";

    private const string SplitNames = "ALTER TABLE taskrunner.schedules DROP CONSTRAINT IF EXISTS schedules_name_key";

    private static readonly ConditionalWeakTable<Postgres, Installation> Known = [];

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

        var found = await postgres.RunAsync((connection, stopping) => ResolveAsync(connection, postgres.Options, stopping), cancellationToken);
        Known.AddOrUpdate(postgres, found);
        return found;
    }

    /// <summary>A statement of the program, for this installation.</summary>
    /// <param name="text">A constant of the program, written for <see cref="StandardSchema"/>, with <see cref="Here"/> for the namespace.</param>
    public string Sql(string text) => texts.GetOrAdd(text, static (text, here) => InSchema(text, here.Schema).Replace(Here, $"'{here.Key}'", StringComparison.Ordinal), this);

    /// <summary>A statement of the program, for a schema.</summary>
    public static string InSchema(string text, string schema) =>
        schema == StandardSchema ? text : text.Replace($"{StandardSchema}.", $"{schema}.", StringComparison.Ordinal).Replace($"'{StandardSchema}'", $"'{schema}'", StringComparison.Ordinal);

    private static async Task<Installation> ResolveAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        var known = await ScalarAsync(connection, Find, options, stopping);
        if (known is null && !options.Registers)
        {
            // Whoever only looks must not become the installation that came first.
            return new Installation(options.Schema, await ScalarAsync(connection, HasHome, options, stopping) is true ? options.Namespace : "");
        }

        var isHome = known is true;
        if (known is null)
        {
            await RegisterAsync(connection, options, stopping);
            isHome = await ScalarAsync(connection, Find, options, stopping) is true;
        }

        if (!isHome && options.Registers && await ScalarAsync(connection, HasSharedNames, options, stopping) is true)
        {
            await SplitNamesAsync(connection, options, stopping);
        }

        return new Installation(options.Schema, isHome ? "" : options.Namespace);
    }

    // Each statement sees what another process has registered just before.
    private static async Task RegisterAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
        await ScalarAsync(connection, Register, options, stopping);
        await ScalarAsync(connection, RegisterNext, options, stopping);
        await transaction.CommitAsync(stopping);
    }

    // The owner of the tables may do it, as migrate is. Until then a name serves one installation only, and whoever takes it is told.
    private static async Task SplitNamesAsync(NpgsqlConnection connection, DatabaseOptions options, CancellationToken stopping)
    {
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, stopping);
            await ScalarAsync(connection, "SELECT set_config('lock_timeout', '2s', true)", options, stopping);
            await ScalarAsync(connection, SplitNames, options, stopping);
            await transaction.CommitAsync(stopping);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.LockNotAvailable)
        {
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
}
