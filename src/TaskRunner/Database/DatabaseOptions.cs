namespace TaskRunner.Database;

/// <summary>Which PostgreSQL database to use, and how to connect to it.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Host name or address of the server or its pooler.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; init; } = 5432;

    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>User to log in as.</summary>
    public required string User { get; init; }

    /// <summary>Gives the password; called again for every new connection, so that a rotated secret needs no restart.</summary>
    public Func<string?>? Password { get; init; }

    /// <summary>Encryption; null chooses <see cref="DatabaseTls.VerifyFull"/> with a CA file and <see cref="DatabaseTls.Prefer"/> without one.</summary>
    public DatabaseTls? Tls { get; init; }

    /// <summary>PEM file of the authorities that are trusted; null trusts those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Schema of the tables: 1 to 63 lower-case letters, digits or underscores, not beginning with a digit or with <c>pg_</c>.</summary>
    public string Schema { get; init; } = "taskrunner";

    /// <summary>Which installation on the database this is: 1 to 100 letters, digits, dots, dashes or underscores.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Whether this process makes its installation known to the database: workers, beats and migrations do, those that only look do not.</summary>
    internal bool Registers { get; init; }

    /// <summary>Longest wait for a connection, opening included; whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for the answer to one statement; whole seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most connections that this process holds open.</summary>
    public int MaxConnections { get; init; } = 10;

    /// <summary>Reads <c>postgresql://user[:password]@host[:port]/database[?sslmode=…]</c>; the scheme <c>postgres</c> means the same.</summary>
    /// <exception cref="FormatException">The text is not such a URL; the message says what is wrong and never contains the password.</exception>
    public static DatabaseOptions Parse(string text) => DatabaseUrl.Parse(text);

    /// <summary>Shows where the options lead, without any secret.</summary>
    public override string ToString() => $"postgresql://{Uri.EscapeDataString(User)}@{Address}/{Uri.EscapeDataString(Database)}";

    /// <summary>Host and port as people write them.</summary>
    internal string Address => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
