namespace TaskRunner.Tests.Support;

/// <summary>How a test wants its server.</summary>
public sealed record RedisServerOptions
{
    /// <summary>Garnet knows none of the other options.</summary>
    public ServerKind Kind { get; init; }

    /// <summary>Password of the default user.</summary>
    public string? Password { get; init; }

    /// <summary>Lines in the form of the server's configuration, for example <c>user worker on &gt;secret ~* &amp;* +@all</c>.</summary>
    public IReadOnlyList<string> AclUsers { get; init; } = [];

    /// <summary>Keep data over a restart and a kill.</summary>
    public bool AppendOnly { get; init; }

    /// <summary>Speak TLS only, with a certificate for localhost and 127.0.0.1.</summary>
    public bool Tls { get; init; }

    /// <summary>The certificate is for this name alone.</summary>
    public string? TlsHostName { get; init; }

    /// <summary>Speak TLS only, with these files; the last is that of the authorities of clients, who must show a certificate then.</summary>
    public (string Certificate, string Key, string? ClientCa)? TlsFiles { get; init; }

    /// <summary>Lines of a sentinel's configuration; with them the process is a sentinel and no store.</summary>
    public IReadOnlyList<string>? Sentinel { get; init; }

    /// <summary>More lines of configuration.</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];
}
