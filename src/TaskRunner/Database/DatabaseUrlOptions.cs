using System.Globalization;
using TaskRunner.Addresses;

namespace TaskRunner.Database;

/// <summary>The options of a database URL: those of libpq that the driver has or that do not matter; others are refused. The table is in docs/configuration.md.</summary>
internal static class DatabaseUrlOptions
{
    private static readonly string[] Known =
    [
        "application_name", "channel_binding", "client_encoding", "connect_timeout", "dbname", "gssencmode", "host", "keepalives", "keepalives_idle",
        "keepalives_interval", "load_balance_hosts", "options", "passfile", "password", "port", "require_auth", "sslcert", "sslkey", "sslmode",
        "sslnegotiation", "sslrootcert", "target_session_attrs", "user",
    ];

    // They change nothing that this program does.
    private static readonly string[] Ignored = ["fallback_application_name", "keepalives_count", "pgbouncer", "sslcompression", "sslsni", "tcp_user_timeout"];

    // Options of libpq whose meaning would be lost: better said than dropped.
    private static readonly string[] Refused =
    [
        "hostaddr", "gssdelegation", "gsslib", "krbsrvname", "max_protocol_version", "min_protocol_version", "replication", "requirepeer", "requiressl", "service", "servicefile", "sslcertmode",
        "sslcrl", "sslcrldir", "sslpassword", "ssl_max_protocol_version", "ssl_min_protocol_version",
    ];

    // As libpq and as the driver call them.
    private static readonly (string Word, string Name)[] AuthMethods = [("password", "Password"), ("md5", "MD5"), ("scram-sha-256", "ScramSHA256"), ("none", "None")];

    public static DatabaseUrlDraft Read(IReadOnlyList<UrlOption> options, List<string> mistakes)
    {
        var draft = new DatabaseUrlDraft();
        foreach (var option in options)
        {
            try
            {
                Read(draft, option);
            }
            catch (FormatException e)
            {
                mistakes.Add(e.Message);
            }
        }

        return draft;
    }

    /// <summary>Hosts with their ports: one port for all, or as many as hosts.</summary>
    public static IEnumerable<(string Host, int Port)> Pair(string hosts, string? ports)
    {
        var names = hosts.Split(',');
        var numbers = ports?.Split(',').Select(port => port.Length == 0 ? DatabaseOptions.DefaultPort : HostAndPort.Port(port)).ToList() ?? [DatabaseOptions.DefaultPort];
        return numbers.Count == 1 || numbers.Count == names.Length
            ? names.Select((name, i) => (name, numbers[numbers.Count == 1 ? 0 : i]))
            : throw new FormatException("has neither one port nor one for each host");
    }

    private static void Read(DatabaseUrlDraft draft, UrlOption option)
    {
        var value = option.Value;
        switch (option.Name)
        {
            case "sslmode":
                draft.Options = draft.Options with { Tls = Choice(option, DatabaseTlsName.All) };
                break;
            case "ssl":
                draft.Options = draft.Options with { Tls = Choice(option, [("true", DatabaseTls.Require), ("false", DatabaseTls.Disable)]) };
                break;
            case "sslrootcert":
                ReadAuthorities(draft, NotEmpty(option));
                break;
            case "sslcert":
                draft.Options = draft.Options with { CertificateFile = NotEmpty(option) };
                break;
            case "sslkey":
                draft.Options = draft.Options with { KeyFile = NotEmpty(option) };
                break;
            case "connect_timeout":
                ReadConnectTimeout(draft, option);
                break;
            case "target_session_attrs":
                draft.Options = draft.Options with { NeedsPrimary = Choice(option, [("any", false), ("read-write", true), ("primary", true)]) };
                break;
            case "host":
                draft.Hosts = NotEmpty(option);
                break;
            case "port":
                draft.Ports = NotEmpty(option);
                break;
            case "user":
                draft.User = NotEmpty(option);
                break;
            case "password":
                draft.Password = NotEmpty(option);
                break;
            case "dbname":
                draft.Database = NotEmpty(option);
                break;
            case "client_encoding":
                Choice(option, [("UTF8", true), ("utf8", true), ("utf-8", true), ("UTF-8", true), ("auto", true)]);
                break;
            case "gssencmode":
                Choice(option, [("disable", true), ("prefer", true)]);
                break;
            default:
                Pass(draft, option, value);
                break;
        }
    }

    private static void Pass(DatabaseUrlDraft draft, UrlOption option, string value)
    {
        switch (option.Name)
        {
            case "application_name":
                draft.Pass("Application Name", NotEmpty(option));
                break;
            case "options":
                draft.Pass("Options", NotEmpty(option));
                break;
            case "passfile":
                draft.Pass("Passfile", NotEmpty(option));
                break;
            case "channel_binding":
                draft.Pass("Channel Binding", Choice(option, [("disable", "Disable"), ("prefer", "Prefer"), ("require", "Require")]));
                break;
            case "sslnegotiation":
                draft.Pass("SSL Negotiation", Choice(option, [("postgres", "Postgres"), ("direct", "Direct")]));
                break;
            case "load_balance_hosts":
                draft.Pass("Load Balance Hosts", Choice(option, [("disable", "false"), ("random", "true")]));
                break;
            case "require_auth":
                draft.Pass("Require Auth", RequireAuth(option));
                break;
            case "keepalives":
                draft.Pass("TCP Keepalive", Choice(option, [("0", "false"), ("1", "true")]));
                break;
            case "keepalives_idle":
                draft.Pass("TCP Keepalive Time", Number(option, 1, 86_400));
                break;
            case "keepalives_interval":
                draft.Pass("TCP Keepalive Interval", Number(option, 1, 86_400));
                break;
            case var name when Ignored.Contains(name):
                break;
            case var name when Refused.Contains(name):
                throw new FormatException($"has the option {name}, which is not supported");
            default:
                throw new FormatException(option.Unknown(Known));
        }
    }

    private static void ReadAuthorities(DatabaseUrlDraft draft, string value) => draft.Options = value == "system"
        ? draft.Options with { Tls = draft.Options.Tls ?? DatabaseTls.VerifyFull }
        : draft.Options with { CaFile = value };

    // As in libpq, 0 is no limit of its own; then the program's holds.
    private static void ReadConnectTimeout(DatabaseUrlDraft draft, UrlOption option)
    {
        var seconds = int.Parse(Number(option, 0, 300), CultureInfo.InvariantCulture);
        if (seconds > 0)
        {
            draft.Options = draft.Options with { ConnectTimeout = TimeSpan.FromSeconds(seconds) };
        }
    }

    private static string RequireAuth(UrlOption option)
    {
        var methods = option.Value.Split(',').Select(method => (IsNot: method.StartsWith('!'), Name: Array.Find(AuthMethods, known => known.Word == method.TrimStart('!')).Name)).ToList();
        return methods.TrueForAll(method => method.Name is not null)
            ? string.Join(',', methods.Select(method => (method.IsNot ? "!" : "") + method.Name))
            : throw new FormatException($"has a require_auth that is not a list of {string.Join(", ", AuthMethods.Select(method => method.Word))}");
    }

    private static T Choice<T>(UrlOption option, IReadOnlyList<(string Word, T Value)> choices)
    {
        foreach (var (word, value) in choices)
        {
            if (word == option.Value)
            {
                return value;
            }
        }

        throw new FormatException($"has an unknown {option.Name}: it must be one of {string.Join(", ", choices.Select(choice => choice.Word))}");
    }

    private static string Number(UrlOption option, int least, int most) =>
        int.TryParse(option.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"has a {option.Name} that is not a number from {least} to {most}"));

    private static string NotEmpty(UrlOption option) => option.Value.Length > 0
        ? option.Value
        : throw new FormatException($"has the option {option.Name} without a value");
}
