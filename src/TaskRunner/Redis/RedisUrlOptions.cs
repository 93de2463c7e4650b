using TaskRunner.Addresses;

namespace TaskRunner.Redis;

/// <summary>The options of a broker URL, as redis-py, kombu and hosted services write them.</summary>
internal static class RedisUrlOptions
{
    private static readonly string[] Known = ["protocol", "db", "user", "password", "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"];

    /// <exception cref="FormatException">One of them is unknown or has a wrong value; all mistakes, a line each.</exception>
    public static RedisOptions Apply(RedisOptions options, IReadOnlyList<UrlOption> given, bool isSocket)
    {
        var mistakes = new List<string>();
        foreach (var option in given)
        {
            try
            {
                options = Apply(options, option, isSocket);
            }
            catch (FormatException e)
            {
                mistakes.Add(e.Message);
            }
        }

        return mistakes.Count == 0 ? options : throw new FormatException(string.Join('\n', mistakes));
    }

    private static RedisOptions Apply(RedisOptions options, UrlOption option, bool isSocket)
    {
        var value = option.Value;
        switch (option.Name)
        {
            case "protocol":
                return options with { Protocol = RedisUrl.Number(value, 2, 3, "protocol") };
            case "db" or "database":
            case "virtual_host" when isSocket:
                return options with { Database = RedisUrl.Number(value, 0, RedisOptions.MostDatabases, "database") };
            case "user" or "username":
                return options with { Username = NotEmpty(option) };
            case "password":
                NotEmpty(option);
                return options with { Password = () => value };
            case "ssl_ca_certs" when options.Tls:
                return options with { CaFile = NotEmpty(option) };
            case "ssl_certfile" when options.Tls:
                return options with { CertificateFile = NotEmpty(option) };
            case "ssl_keyfile" when options.Tls:
                return options with { KeyFile = NotEmpty(option) };
            case "ssl_cert_reqs" when options.Tls:
                return value is "required" or "CERT_REQUIRED"
                    ? options
                    : throw RedisUrl.Mistake("has a ssl_cert_reqs that is not required: the server's certificate is always verified");
            case var name when name.StartsWith("ssl_", StringComparison.Ordinal) && Known.Contains(name):
                throw RedisUrl.Mistake("has options of TLS: they apply to rediss:// only");
            default:
                throw RedisUrl.Mistake(option.Unknown(Known));
        }
    }

    private static string NotEmpty(UrlOption option) => option.Value.Length > 0
        ? option.Value
        : throw RedisUrl.Mistake($"has an option without a value at place {option.Place} behind the question mark");
}
