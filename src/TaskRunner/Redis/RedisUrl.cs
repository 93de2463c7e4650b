using System.Globalization;
using TaskRunner.Addresses;

namespace TaskRunner.Redis;

/// <summary>Reads a broker URL. No message quotes any part of it, because a password that was cut wrongly may be anywhere.</summary>
internal static class RedisUrl
{
    private const string Form = "redis://[user[:password]@]host[:port][/database]";

    private const string SentinelForm = "redis+sentinel://[user[:password]@]host[:port],host[:port]/master[/database]";

    private const string SocketForm = "unix://[user[:password]@]/path/to/socket[?db=database]";

    public static RedisOptions Parse(string url)
    {
        var parts = Split(url);
        var (tls, kind) = SchemeOf(parts.Scheme) ?? throw WrongScheme();
        var place = kind switch
        {
            Kind.Socket => Socket(parts.Rest),
            Kind.Sentinel => Sentinel(parts.Rest),
            _ => Server(parts.Rest),
        };
        var password = parts.Password;
        var options = place with { Tls = tls, Username = parts.User, Password = password is null ? null : () => password };
        return RedisUrlOptions.Apply(options, parts.Options, isSocket: kind == Kind.Socket);
    }

    /// <summary>One address of a list.</summary>
    public static (string Host, int Port) Address(string address, int defaultPort) => HostAndPort.Read(address, defaultPort);

    internal static FormatException Mistake(string what) => new($"The broker URL {what}");

    internal static int Number(string text, int min, int max, string what) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Mistake(string.Create(CultureInfo.InvariantCulture, $"has a {what} that is not a number from {min} to {max}"));

    private enum Kind
    {
        Server,
        Sentinel,
        Socket,
    }

    private static StoreUrl Split(string url)
    {
        try
        {
            return StoreUrl.Split(url) ?? throw WrongScheme();
        }
        catch (FormatException e) when (!e.Message.StartsWith("The broker URL", StringComparison.Ordinal))
        {
            throw Mistake(e.Message);
        }
    }

    private static FormatException WrongScheme() => Mistake(
        $"must start with redis:// or rediss:// and have the form {Form}, or with redis+sentinel:// or rediss+sentinel:// and have the form {SentinelForm}, or with unix:// and have the form {SocketForm}");

    private static (bool Tls, Kind Kind)? SchemeOf(string scheme) => scheme switch
    {
        "redis" => (false, Kind.Server),
        "rediss" => (true, Kind.Server),
        "redis+sentinel" => (false, Kind.Sentinel),
        "rediss+sentinel" => (true, Kind.Sentinel),
        "unix" or "redis+unix" or "redis+socket" or "redis-socket" => (false, Kind.Socket),
        _ => null,
    };

    private static RedisOptions Server(string rest)
    {
        var (address, database) = Cut(rest);
        try
        {
            var (host, port) = HostAndPort.Read(address, RedisOptions.DefaultPort);
            return new RedisOptions { Host = host, Port = port, Database = Database(database) };
        }
        catch (FormatException e) when (!e.Message.StartsWith("The broker URL", StringComparison.Ordinal))
        {
            throw Mistake($"{e.Message}: write {Form}");
        }
    }

    private static RedisOptions Sentinel(string rest)
    {
        var (addresses, path) = Cut(rest);
        var (master, database) = Cut(path);
        IReadOnlyList<(string Host, int Port)> sentinels;
        try
        {
            sentinels = RedisSentinelOptions.ParseAddresses(addresses);
        }
        catch (FormatException e)
        {
            throw Mistake($"has a mistake in its list of sentinels. {e.Message}");
        }

        return master.Length == 0 ? throw Mistake($"names no master: write {SentinelForm}") : new RedisOptions
        {
            Host = sentinels[0].Host,
            Port = sentinels[0].Port,
            Sentinel = new RedisSentinelOptions { Addresses = sentinels, Master = Uri.UnescapeDataString(master) },
            Database = Database(database),
        };
    }

    private static RedisOptions Socket(string rest) => rest.Length > 1 && rest[0] == '/'
        ? new RedisOptions { Host = "localhost", SocketPath = Uri.UnescapeDataString(rest) }
        : throw Mistake($"names no socket: write {SocketForm}, with three slashes when there is no user");

    private static int Database(string text) => text.Length == 0 ? 0 : Number(text, 0, RedisOptions.MostDatabases, "database");

    private static (string Before, string After) Cut(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (text, "") : (text[..slash], text[(slash + 1)..]);
    }
}
