using System.Globalization;

namespace TaskRunner.Database;

/// <summary>Reads database URLs; by hand, because <see cref="Uri"/> refuses passwords that people paste unescaped and names none of the mistakes.</summary>
internal static class DatabaseUrl
{
    private const string Form = "postgresql://user[:password]@host[:port]/database[?sslmode=disable|prefer|require|verify-ca|verify-full]";

    public static DatabaseOptions Parse(string text)
    {
        var rest = WithoutScheme(text.Trim());
        var query = Cut(ref rest, rest.IndexOf('?', Math.Max(rest.LastIndexOf('@'), 0)));
        var at = rest.LastIndexOf('@');
        if (at < 0)
        {
            throw Mistake("names no user");
        }

        var login = rest[..at];
        rest = rest[(at + 1)..];
        var password = Cut(ref login, login.IndexOf(':', StringComparison.Ordinal));
        var database = Decode(Cut(ref rest, rest.IndexOf('/', StringComparison.Ordinal)) ?? "");
        var user = Decode(login);
        var (host, port) = HostAndPort(rest);
        if (user.Length == 0)
        {
            throw Mistake("names no user");
        }

        if (database.Length == 0)
        {
            throw Mistake("names no database");
        }

        var secret = string.IsNullOrEmpty(password) ? null : Decode(password);
        return new DatabaseOptions
        {
            Host = host,
            Port = port,
            Database = database,
            User = user,
            Password = secret is null ? null : () => secret,
            Tls = ReadTls(query),
        };
    }

    private static string WithoutScheme(string text)
    {
        foreach (var scheme in (ReadOnlySpan<string>)["postgresql://", "postgres://"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return text[scheme.Length..];
            }
        }

        throw Mistake("does not start with postgresql://");
    }

    private static (string Host, int Port) HostAndPort(string text)
    {
        var close = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        var colon = text.IndexOf(':', Math.Max(close, 0));
        var host = close > 0 ? text[1..close] : colon < 0 ? text : text[..colon];
        if (host.Length == 0)
        {
            throw Mistake("names no host");
        }

        if (host.Contains(',', StringComparison.Ordinal) || text.Contains(',', StringComparison.Ordinal))
        {
            throw Mistake("names more than one host");
        }

        if (colon < 0)
        {
            return (Decode(host), 5432);
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? (Decode(host), port)
            : throw Mistake("has a port that is not a number from 1 to 65535");
    }

    private static DatabaseTls? ReadTls(string? query)
    {
        DatabaseTls? tls = null;
        foreach (var pair in (query ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = pair;
            var value = Cut(ref name, name.IndexOf('=', StringComparison.Ordinal));
            if (name != "sslmode")
            {
                throw Mistake($"has the unknown parameter '{name}'");
            }

            tls = value switch
            {
                "disable" => DatabaseTls.Disable,
                "prefer" => DatabaseTls.Prefer,
                "require" => DatabaseTls.Require,
                "verify-ca" => DatabaseTls.VerifyCa,
                "verify-full" => DatabaseTls.VerifyFull,
                _ => throw Mistake($"has the unknown sslmode '{value}'"),
            };
        }

        return tls;
    }

    private static string? Cut(ref string text, int index)
    {
        if (index < 0)
        {
            return null;
        }

        var tail = text[(index + 1)..];
        text = text[..index];
        return tail;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text);

    private static FormatException Mistake(string what) => new($"The database URL {what}; expected {Form}.");
}
