namespace TaskRunner.Redis;

/// <summary>Where the server is and how to talk to it.</summary>
public sealed record RedisOptions
{
    public required string Host { get; init; }

    public int Port { get; init; } = 6379;

    public bool Tls { get; init; }

    /// <summary>Number of the database to select.</summary>
    public int Database { get; init; }

    /// <summary>Protocol version 2 or 3; 0 takes 3 where the server has it.</summary>
    public int Protocol { get; init; }

    /// <summary>User to log in as; null is the server's default user.</summary>
    public string? Username { get; init; }

    /// <summary>Gives the password at every connect, so that a changed secret needs no restart; null or a null result logs nobody in.</summary>
    public Func<string?>? Password { get; init; }

    /// <summary>PEM file with the authorities to trust instead of the system's; read at every connect.</summary>
    public string? CaFile { get; init; }

    /// <summary>Time for address resolution, connection, TLS and login together.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for the reply to a command that names no other.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Where to ask for the server's address, at every connect; null when it stands in <see cref="Host"/> and <see cref="Port"/>.</summary>
    public RedisSentinelOptions? Sentinel { get; init; }

    internal string Endpoint => Sentinel is not null ? $"{Sentinel.Master} of the sentinels {Sentinel}" : Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>
    /// Reads <c>redis://[user[:password]@]host[:port][/database][?protocol=2|3]</c>; <c>rediss</c> means TLS, user and password may be percent-encoded.
    /// <c>redis+sentinel://[user[:password]@]host[:port],host[:port]…/master[/database]</c> names sentinels to ask for the server; the login is the server's, not theirs.
    /// </summary>
    /// <exception cref="FormatException">It is no such URL; the message says what is wrong and shows no password.</exception>
    public static RedisOptions Parse(string address) => RedisUrl.Parse(address);

    /// <summary>The URL without the password.</summary>
    public override string ToString() =>
        $"{(Tls ? "rediss" : "redis")}{(Sentinel is null ? "" : "+sentinel")}://{(Username is null ? "" : $"{Uri.EscapeDataString(Username)}@")}{(Sentinel is null ? Endpoint : $"{Sentinel}/{Sentinel.Master}")}/{Database}{(Protocol == 0 ? "" : $"?protocol={Protocol}")}";
}
