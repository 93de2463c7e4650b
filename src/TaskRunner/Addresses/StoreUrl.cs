namespace TaskRunner.Addresses;

/// <summary>
/// The parts of a store's URL. A password may stand there raw, with any characters: the last @ ends it, and options begin at the first question mark behind that.
/// </summary>
/// <param name="Scheme">What stands before ://, in lower case.</param>
/// <param name="User">Decoded; null when there is none.</param>
/// <param name="Password">Decoded; null when there is none.</param>
/// <param name="Rest">What stands between the login and the options: hosts and path, as written.</param>
/// <param name="Options">What stands behind the question mark.</param>
internal sealed record StoreUrl(string Scheme, string? User, string? Password, string Rest, IReadOnlyList<UrlOption> Options)
{
    private const string PasswordOption = "password";

    /// <summary>Cuts a URL into its parts.</summary>
    /// <returns>Null when it has no scheme.</returns>
    /// <exception cref="FormatException">Its parts cannot be told apart; the message is the end of a sentence and quotes nothing.</exception>
    public static StoreUrl? Split(string text)
    {
        var url = text.Trim();
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return null;
        }

        var rest = url[(scheme + 3)..];
        var at = EndOfLogin(rest);
        var (user, password) = at < 0 ? (null, null) : Login(rest[..at]);
        rest = rest[(at + 1)..];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var options = UrlOption.ReadAll(question < 0 ? "" : rest[(question + 1)..]);
        RefuseAmbiguity(options);
        return new StoreUrl(url[..scheme].ToLowerInvariant(), user, password, question < 0 ? rest : rest[..question], options);
    }

    // What messages name must not come from behind a password, of which it may be a part.
    private static void RefuseAmbiguity(IReadOnlyList<UrlOption> options)
    {
        var secret = options.FirstOrDefault(option => option.Name == PasswordOption);
        if (secret.Place > 0 && options.Any(option => option.Place > secret.Place && option.Name is not ("db" or "database" or "virtual_host" or "protocol" or "sslmode")))
        {
            throw new FormatException("has options behind password: it must come last, and & in it must be written as %26");
        }
    }

    // A user name with a raw slash or question mark is none: then the @ belongs to a path or an option.
    private static int EndOfLogin(string rest)
    {
        var at = rest.LastIndexOf('@');
        if (at < 0)
        {
            return -1;
        }

        if (rest.AsSpan(0, at).Contains("?password=", StringComparison.OrdinalIgnoreCase) || rest.AsSpan(0, at).Contains("&password=", StringComparison.OrdinalIgnoreCase))
        {
            throw new FormatException("has an @ behind password: write it as %40");
        }

        var colon = rest.AsSpan(0, at).IndexOf(':');
        return rest.AsSpan(0, colon < 0 ? at : colon).IndexOfAny('/', '?', '#') < 0 ? at : -1;
    }

    private static (string? User, string? Password) Login(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (Decode(text), null) : (Decode(text[..colon]), Decode(text[(colon + 1)..]));
    }

    private static string? Decode(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);
}
