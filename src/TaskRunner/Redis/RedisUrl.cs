using System.Globalization;

namespace TaskRunner.Redis;

/// <summary>Reads a broker URL. No message repeats the part before the host, where the password stands.</summary>
internal static class RedisUrl
{
    private const string Form = "redis://[user[:password]@]host[:port][/database]";

    private const string SentinelForm = "redis+sentinel://[user[:password]@]host[:port],host[:port]/master[/database]";

    public static RedisOptions Parse(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || SchemeOf(url[..scheme]) is not var (tls, isSentinel))
        {
            throw new FormatException($"The broker URL must start with redis:// or rediss:// and have the form {Form}, or with redis+sentinel:// or rediss+sentinel:// and have the form {SentinelForm}");
        }

        var (beforeQuery, query) = Cut(url[(scheme + 3)..], '?');
        // A password that was not percent-encoded may hold a slash; the last @ ends it in any case.
        var at = beforeQuery.LastIndexOf('@');
        var (address, path) = Cut(beforeQuery[(at + 1)..], '/');
        var sentinel = isSentinel ? Sentinel(address, path) : null;
        if (isSentinel)
        {
            path = Cut(path ?? "", '/').After;
        }

        var (host, port) = sentinel?.Addresses[0] ?? Address(address, 6379);
        var (user, password) = at < 0 ? (null, null) : Login(beforeQuery[..at]);
        return new RedisOptions
        {
            Host = host,
            Port = port,
            Tls = tls,
            Sentinel = sentinel,
            Database = Number(path ?? "", 0, 0, 1_000_000, "database"),
            Protocol = Protocol(query),
            Username = user,
            Password = password is null ? null : () => password,
        };
    }

    private static (bool Tls, bool IsSentinel)? SchemeOf(string scheme) => scheme.ToUpperInvariant() switch
    {
        "REDIS" => (false, false),
        "REDISS" => (true, false),
        "REDIS+SENTINEL" => (false, true),
        "REDISS+SENTINEL" => (true, true),
        _ => null,
    };

    private static RedisSentinelOptions Sentinel(string addresses, string? path)
    {
        var master = Uri.UnescapeDataString(Cut(path ?? "", '/').Before);
        return master.Length > 0
            ? new RedisSentinelOptions { Addresses = RedisSentinelOptions.ParseAddresses(addresses), Master = master }
            : throw new FormatException($"The broker URL names no master: write {SentinelForm}");
    }

    private static (string? User, string? Password) Login(string text)
    {
        var (user, password) = Cut(text, ':');
        return (Decode(user), password is null ? null : Decode(password));
    }

    private static string? Decode(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);

    public static (string Host, int Port) Address(string address, int defaultPort)
    {
        if (address.StartsWith('['))
        {
            var end = address.IndexOf(']', StringComparison.Ordinal);
            var behind = end < 0 ? "" : address[(end + 1)..];
            if (end < 2 || (behind.Length > 0 && behind[0] != ':'))
            {
                throw new FormatException("The broker URL has a malformed IPv6 address: write [address]:port");
            }

            return (address[1..end], Port(behind.Length == 0 ? null : behind[1..], defaultPort));
        }

        var (host, port) = Cut(address, ':');
        return host.Length > 0 && Uri.CheckHostName(host.Replace('_', '-')) != UriHostNameType.Unknown
            ? (host, Port(port, defaultPort))
            : throw new FormatException($"The broker URL names no valid host: write {Form}");
    }

    private static int Port(string? text, int defaultPort) => text is null ? defaultPort : Number(text, null, 1, 65535, "port");

    private static int Protocol(string? query)
    {
        var protocol = 0;
        foreach (var option in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(option, '=');
            protocol = key == "protocol"
                ? Number(value ?? "", null, 2, 3, "protocol")
                : throw new FormatException($"The broker URL has the unknown option {key}: only protocol is known");
        }

        return protocol;
    }

    private static int Number(string text, int? whenEmpty, int min, int max, string what)
    {
        if (text.Length == 0 && whenEmpty is { } value)
        {
            return value;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new FormatException($"The broker URL's {what} must be a number from {min} to {max}");
    }

    private static (string Before, string? After) Cut(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
