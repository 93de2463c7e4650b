namespace TaskRunner.Redis;

/// <summary>Where the server is and how to talk to it.</summary>
public sealed record RedisOptions
{
    internal const int DefaultPort = 6379;

    internal const int MostDatabases = 1_000_000;

    /// <summary>Host name or address.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port, 1 to 65535.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>Path of a Unix socket, which is used in place of host and port; null for TCP.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Whether the connection is encrypted and the server's certificate verified.</summary>
    public bool Tls { get; init; }

    /// <summary>Number of the database to select.</summary>
    public int Database { get; init; }

    /// <summary>Protocol version 2 or 3; 0 takes 3 where the server has it.</summary>
    public int Protocol { get; init; }

    /// <summary>User to log in as; null is the server's default user.</summary>
    public string? Username { get; init; }

    /// <summary>Gives the password at every connect, so that a changed secret needs no restart; null or a null result logs nobody in.</summary>
    public Func<string?>? Password { get; init; }

    /// <summary>PEM or DER file with the authorities to trust instead of the system's; read at every connect.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file with the certificate to show to the server, and its intermediates; read at every connect. Null shows none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM file with the private key of that certificate, without a passphrase; null when it is in the same file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Time for address resolution, connection, TLS and login together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for the reply to a command that names no other.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where to ask for the server's address, at every connect; null when it stands in <see cref="Host"/> and <see cref="Port"/>.</summary>
    public RedisSentinelOptions? Sentinel { get; init; }

    internal string Endpoint =>
        Sentinel is not null ? $"{Sentinel.Master} of the sentinels {Sentinel}"
        : SocketPath ?? (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}");

    /// <summary>The user that messages name. Without a password nobody logs in, and what stands before the @ may be a password.</summary>
    internal string ShownUser => Password is null || Username is null ? "default" : Username;

    /// <summary>
    /// Reads <c>redis://[user[:password]@]host[:port][/database][?protocol=2|3]</c>; <c>rediss</c> means TLS, user and password may be percent-encoded.
    /// <c>redis+sentinel://[user[:password]@]host[:port],host[:port]…/master[/database]</c> names sentinels to ask for the server; the login is the server's, not theirs.
    /// <c>unix://[user[:password]@]/path[?db=database]</c> is a Unix socket; <c>redis+unix</c> and <c>redis+socket</c> mean the same.
    /// </summary>
    /// <exception cref="FormatException">It is no such URL; the message says what is wrong, a line for each mistake, and quotes no part of it.</exception>
    public static RedisOptions Parse(string address) => RedisUrl.Parse(address);

    /// <summary>The URL without the password, and without a user that logs in without one.</summary>
    public override string ToString()
    {
        var user = Password is null || Username is null ? "" : $"{Uri.EscapeDataString(Username)}@";
        var protocol = Protocol == 0 ? "" : $"protocol={Protocol}";
        if (SocketPath is not null)
        {
            return $"unix://{user}{SocketPath}?db={Database}{(protocol.Length == 0 ? "" : $"&{protocol}")}";
        }

        var place = Sentinel is null ? Endpoint : $"{Sentinel}/{Sentinel.Master}";
        return $"{(Tls ? "rediss" : "redis")}{(Sentinel is null ? "" : "+sentinel")}://{user}{place}/{Database}{(protocol.Length == 0 ? "" : $"?{protocol}")}";
    }
}
