using System.Collections.Immutable;
using System.Globalization;

namespace TaskRunner.Database;

/// <summary>Which PostgreSQL database to use, and how to connect to it.</summary>
public sealed record DatabaseOptions
{
    internal const int DefaultPort = 5432;

    /// <summary>Host name or address of the server or its pooler; a path is the folder of its Unix socket.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Hosts to try when the first one is away or is not the primary.</summary>
    public IReadOnlyList<(string Host, int Port)> OtherHosts { get; init; } = [];

    /// <summary>Of several hosts, only the one that takes writes is used. A single host is used whatever it is.</summary>
    public bool NeedsPrimary { get; init; } = true;

    /// <summary>Name of the database.</summary>
    public required string Database { get; init; }

    /// <summary>User to log in as.</summary>
    public required string User { get; init; }

    /// <summary>Gives the password; called again for every new connection, so that a rotated secret needs no restart.</summary>
    public Func<string?>? Password { get; init; }

    /// <summary>Encryption; null chooses <see cref="DatabaseTls.VerifyFull"/> with a CA file and <see cref="DatabaseTls.Prefer"/> without one.</summary>
    public DatabaseTls? Tls { get; init; }

    /// <summary>PEM or DER file of the authorities that are trusted, read at every connection; null trusts those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Schema of the tables: 1 to 63 lower-case letters, digits or underscores, not beginning with a digit or with <c>pg_</c>.</summary>
    public string Schema { get; init; } = "taskrunner";

    /// <summary>Which installation on the database this is: 1 to 100 letters, digits, dots, dashes or underscores.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Largest message of a task in bytes: arguments of schedules that make no such message are not read.</summary>
    internal int LargestMessage { get; init; } = 256 * 1024;

    /// <summary>Whether this process makes its installation known to the database: beats do, which own rows; all others only look.</summary>
    internal bool Registers { get; init; }
    /// <summary>PEM file with the certificate to show to the server, and its intermediates; read at every connection. Null shows none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of that certificate, without a passphrase; null when it is in the same file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Takes a database of any encoding, for one that is only read.</summary>
    internal bool AnyEncoding { get; init; }

    /// <summary>Settings of the driver that the URL gave.</summary>
    internal ImmutableSortedDictionary<string, string> Driver { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Longest wait for a connection, opening included; whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait for the answer to one statement; whole seconds.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most connections that this process holds open.</summary>
    public int MaxConnections { get; init; } = 10;

    /// <summary>
    /// Reads <c>postgresql://user[:password]@host[:port][,host[:port]…]/database[?option=value&amp;…]</c>, with the options of libpq that are listed in docs/configuration.md;
    /// the scheme <c>postgres</c> means the same.
    /// </summary>
    /// <exception cref="FormatException">The text is not such a URL; the message says what is wrong, a line for each mistake, and quotes no part of it.</exception>
    public static DatabaseOptions Parse(string text) => DatabaseUrl.Parse(text);

    /// <summary>Shows where the options lead, without any secret.</summary>
    public override string ToString() => IsSocket
        ? $"postgresql://{Uri.EscapeDataString(User)}@{Uri.EscapeDataString(Host)}:{Port}/{Uri.EscapeDataString(Database)}"
        : $"postgresql://{Uri.EscapeDataString(User)}@{Address}/{Uri.EscapeDataString(Database)}";

    /// <summary>Whether the server is reached by a Unix socket.</summary>
    internal bool IsSocket => Host.StartsWith('/');

    /// <summary>Whether a connection may be encrypted.</summary>
    internal bool IsEncrypted => DatabaseEncryption.Mode(this) != DatabaseTls.Disable;

    /// <summary>Hosts and ports as people write them.</summary>
    internal string Address => string.Join(',', OtherHosts.Prepend((Host, Port)).Select(Show));

    private static string Show((string Host, int Port) place) => string.Create(
        CultureInfo.InvariantCulture, $"{(place.Host.StartsWith('/') || !place.Host.Contains(':', StringComparison.Ordinal) ? place.Host : $"[{place.Host}]")}:{place.Port}");
}
