using TaskRunner.Addresses;

namespace TaskRunner.Database;

/// <summary>
/// Reads database URLs; by hand, because <see cref="Uri"/> refuses passwords that people paste unescaped and names none of the mistakes.
/// No message quotes any part of a URL, because a password that was cut wrongly may be anywhere.
/// </summary>
internal static class DatabaseUrl
{
    private const string Form = "postgresql://user[:password]@host[:port]/database[?sslmode=…]";

    private const string Label = "The database URL ";

    public static DatabaseOptions Parse(string text)
    {
        var parts = Split(text);
        var mistakes = new List<string>();
        var draft = DatabaseUrlOptions.Read(parts.Options, mistakes);
        draft.User ??= parts.User;
        draft.Password ??= parts.Password;
        var slash = parts.Rest.IndexOf('/', StringComparison.Ordinal);
        var hosts = ReadHosts(slash < 0 ? parts.Rest : parts.Rest[..slash], draft, mistakes);
        draft.Database ??= slash < 0 ? null : Uri.UnescapeDataString(parts.Rest[(slash + 1)..]);
        Require(draft.User, "names no user", mistakes);
        Require(draft.Database, "names no database", mistakes);
        if (mistakes.Count > 0)
        {
            throw new FormatException(string.Join('\n', mistakes.Select(what => $"{Label}{what}; expected {Form}.")));
        }

        var secret = string.IsNullOrEmpty(draft.Password) ? null : draft.Password;
        return draft.Options with
        {
            Host = hosts[0].Host,
            Port = hosts[0].Port,
            OtherHosts = [.. hosts.Skip(1)],
            Database = draft.Database!,
            User = draft.User!,
            Password = secret is null ? null : () => secret,
        };
    }

    private static StoreUrl Split(string text)
    {
        StoreUrl? parts;
        try
        {
            parts = StoreUrl.Split(text);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{Label}{e.Message}; expected {Form}.", e);
        }

        return parts is { Scheme: "postgresql" or "postgres" } ? parts
            : throw new FormatException($"{Label}does not start with postgresql://{(IsKeyValue(text) ? ", and strings of key=value pairs are not supported" : "")}; expected {Form}.");
    }

    private static bool IsKeyValue(string text) =>
        text.Contains("Host=", StringComparison.OrdinalIgnoreCase) || text.Contains("Server=", StringComparison.OrdinalIgnoreCase);

    private static List<(string Host, int Port)> ReadHosts(string authority, DatabaseUrlDraft draft, List<string> mistakes)
    {
        var hosts = new List<(string, int)>();
        try
        {
            if (draft.Hosts is null)
            {
                hosts.AddRange(authority.Split(',').Select(host => ReadHost(host, DatabaseOptions.DefaultPort)));
            }
            else if (authority.Length > 0)
            {
                throw new FormatException("names hosts twice, before and behind the question mark");
            }
            else
            {
                hosts.AddRange(DatabaseUrlOptions.Pair(draft.Hosts, draft.Ports).Select(pair => ReadHost(pair.Host, pair.Port)));
            }

            if (draft.Hosts is null && draft.Ports is not null)
            {
                throw new FormatException("has port as an option: write host:port, or give host as an option, too");
            }
        }
        catch (FormatException e)
        {
            mistakes.Add(e.Message);
        }

        return hosts;
    }

    // A host that begins with a slash is the folder of a Unix socket; in front of the path it is written with %2F.
    private static (string Host, int Port) ReadHost(string text, int defaultPort)
    {
        if (!text.StartsWith('/') && !text.StartsWith("%2F", StringComparison.OrdinalIgnoreCase))
        {
            return text.Contains(':', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(text, out var address) && address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !text.StartsWith('[')
                ? (text, defaultPort)
                : HostAndPort.Read(text, defaultPort);
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (Uri.UnescapeDataString(text), defaultPort) : (Uri.UnescapeDataString(text[..colon]), HostAndPort.Port(text[(colon + 1)..]));
    }

    private static void Require(string? value, string mistake, List<string> mistakes)
    {
        if (string.IsNullOrEmpty(value))
        {
            mistakes.Add(mistake);
        }
    }
}
