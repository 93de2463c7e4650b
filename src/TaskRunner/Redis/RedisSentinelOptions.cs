using System.Globalization;

namespace TaskRunner.Redis;

/// <summary>Where to ask which server is the master now. TLS, the trusted authorities and the client certificate are those of the server itself.</summary>
public sealed record RedisSentinelOptions
{
    /// <summary>The sentinels; the first one that answers is believed.</summary>
    public required IReadOnlyList<(string Host, int Port)> Addresses { get; init; }

    /// <summary>The name under which the sentinels know the master.</summary>
    public required string Master { get; init; }

    /// <summary>User to log in as at the sentinels; null is their default user.</summary>
    public string? Username { get; init; }

    /// <summary>Gives the sentinels' own password at every connect; null or a null result logs nobody in.</summary>
    public Func<string?>? Password { get; init; }

    /// <summary>Reads <c>host[:port],host[:port]…</c>; the port is 26379 where none is given.</summary>
    /// <exception cref="FormatException">One of them is no address; the message says which one, and quotes nothing.</exception>
    public static IReadOnlyList<(string Host, int Port)> ParseAddresses(string text)
    {
        var addresses = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ParseAddress).ToList();
        return addresses.Count > 0 ? addresses : throw new FormatException("There is no sentinel in the list: write host:port,host:port");
    }

    // The text is not quoted: it may hold a login, which does not belong there.
    private static (string Host, int Port) ParseAddress(string text, int index)
    {
        try
        {
            return RedisUrl.Address(text, 26379);
        }
        catch (FormatException e)
        {
            throw new FormatException($"Address {index + 1} of the sentinels {e.Message}: write host:port", e);
        }
    }

    public override string ToString() => string.Join(',', Addresses.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Host}:{a.Port}")));
}
