using TaskRunner.Broker;
using TaskRunner.Database;
using TaskRunner.Redis;

namespace TaskRunner.Configuration;

/// <summary>The two stores, as configured.</summary>
/// <param name="Redis">Address of the broker.</param>
/// <param name="Broker">How the broker is used.</param>
/// <param name="Database">Address of PostgreSQL; null when none is configured: then no results are kept.</param>
/// <param name="ResultTimeToLive">How long a result is kept.</param>
/// <param name="Lease">How long a worker's lease lasts.</param>
internal sealed record StoreSettings(RedisOptions? Redis, BrokerOptions Broker, DatabaseOptions? Database, TimeSpan ResultTimeToLive, TimeSpan Lease)
{
    /// <summary>Reads both stores; mistakes stay in the reader.</summary>
    /// <param name="reader">The source.</param>
    /// <param name="needsBroker">Whether a missing broker is a mistake.</param>
    /// <param name="needsDatabase">Whether a missing database is a mistake.</param>
    public static StoreSettings Read(SettingsReader reader, bool needsBroker, bool needsDatabase)
    {
        var redis = needsBroker ? ReadBroker(reader) : null;
        var database = ReadDatabase(reader, Settings.DatabaseUrl, Settings.DatabasePassword, needsDatabase, hasCertificate: true);
        var @namespace = reader.Text(Settings.Namespace) ?? "default";
        if (!QueueName.IsValid(@namespace))
        {
            reader.Mistake($"{Settings.Namespace.Label} is '{@namespace}': it has 1 to 100 letters, digits, dots, dashes or underscores.");
        }

        var schema = reader.Text(Settings.DatabaseSchema) ?? Installation.StandardSchema;
        if (!Installation.IsSchema(schema))
        {
            reader.Mistake($"{Settings.DatabaseSchema.Label} is '{schema}': {Installation.SchemaRule}.");
        }

        var largest = reader.Number(Settings.MaxPayloadBytes, 256 * 1024, 1024, 64 * 1024 * 1024);
        database = database is null ? null : database with { Schema = schema, Namespace = @namespace, LargestMessage = largest };
        var options = new BrokerOptions
        {
            Namespace = @namespace,
            MaxPayloadBytes = largest,
            KeepResults = database is not null,
            MaxDeadTasks = reader.Number(Settings.DeadMaxTasks, 10_000, 0, 1_000_000),
            MaxDeadBytes = reader.Number(Settings.DeadMaxBytes, 64 * 1024 * 1024, 0, int.MaxValue),
            MaxDeadAge = reader.Seconds(Settings.DeadMaxAgeSeconds, 90 * 86_400, 1, 315_360_000),
            RetryBudget = reader.Number(Settings.RetryBudgetPercent, 0, 0, 100),
        };
        return new StoreSettings(
            redis, options, database, reader.Seconds(Settings.ResultTtlSeconds, 86_400, 1, 31_536_000), reader.Seconds(Settings.LeaseSeconds, 10, 3, 600));
    }

    /// <summary>Reads the database that another program keeps its schedules in; null when it is the same one.</summary>
    public static DatabaseOptions? ReadCeleryDatabase(SettingsReader reader) =>
        ReadDatabase(reader, Settings.CeleryDatabaseUrl, Settings.CeleryDatabasePassword, needed: false, hasCertificate: false) is { } database
            ? database with { AnyEncoding = true }
            : null;

    private static RedisOptions? ReadBroker(SettingsReader reader)
    {
        var sentinels = reader.Text(Settings.BrokerSentinels);
        if ((reader.Text(Settings.BrokerUrl) ?? (sentinels is null ? null : "redis://sentinel")) is not { } url)
        {
            Require(reader, Settings.BrokerUrl, "redis://localhost:6379");
            return null;
        }

        RedisOptions options;
        try
        {
            options = RedisOptions.Parse(url);
        }
        catch (FormatException e)
        {
            Report(reader, Settings.BrokerUrl, e);

            // The other settings may have mistakes, too.
            options = new RedisOptions { Host = "", Tls = true };
            _ = ReadBroker(reader, options, sentinels);
            return null;
        }

        return ReadBroker(reader, options, sentinels);
    }

    private static RedisOptions ReadBroker(SettingsReader reader, RedisOptions options, string? sentinels)
    {
        var files = CertificateSettings.Read(
            reader, Settings.BrokerCaFile, Settings.BrokerCertFile, Settings.BrokerKeyFile, new(options.CaFile, options.CertificateFile, options.KeyFile));
        if (!options.Tls)
        {
            RefuseWithoutTls(reader, Settings.BrokerCaFile, files.Authorities, "nothing is encrypted and no certificate verified");
            RefuseWithoutTls(reader, Settings.BrokerCertFile, files.Certificate, "no certificate is shown");
        }

        if (options.SocketPath is not null && sentinels is not null)
        {
            reader.Mistake($"{Settings.BrokerSentinels.Label} is set and the broker URL is a Unix socket: use one of them.");
        }

        var username = reader.Text(Settings.BrokerUsername) ?? options.Username;
        var password = reader.Secret(Settings.BrokerPassword) ?? options.Password;
        if (username is not (null or "default") && password is null)
        {
            // Nobody would be logged in. What was given is not quoted: it may be a password.
            reader.Mistake($"The broker's user has no password: set {Settings.BrokerPassword.Label}, write redis://USER:PASSWORD@HOST (with nothing after the colon for a user without one), or redis://:PASSWORD@HOST if it is a password.");
        }

        return options with
        {
            Username = username,
            Password = password,
            CaFile = files.Authorities,
            CertificateFile = files.Certificate,
            KeyFile = files.Key,
            Sentinel = ReadSentinels(reader, sentinels, options.Sentinel),
        };
    }

    private static void RefuseWithoutTls(SettingsReader reader, Setting setting, string? file, string what)
    {
        if (file is not null)
        {
            reader.Mistake($"{setting.Label} is set, and without TLS {what}: use rediss:// or rediss+sentinel://, or remove it.");
        }
    }

    private static RedisSentinelOptions? ReadSentinels(SettingsReader reader, string? addresses, RedisSentinelOptions? ofUrl)
    {
        var master = reader.Text(Settings.BrokerSentinelMaster);
        var username = reader.Text(Settings.BrokerSentinelUsername);
        var password = reader.Secret(Settings.BrokerSentinelPassword);
        var options = ofUrl;
        if (addresses is not null)
        {
            try
            {
                options = new RedisSentinelOptions { Addresses = RedisSentinelOptions.ParseAddresses(addresses), Master = ofUrl?.Master ?? "mymaster" };
            }
            catch (FormatException e)
            {
                reader.Mistake($"{Settings.BrokerSentinels.Label}: {e.Message}");
            }
        }

        if (options is null && addresses is null && (master ?? username) is not null)
        {
            reader.Mistake($"{Settings.BrokerSentinels.Label} is not set, and the sentinels' master, user or password is: for example sentinel-0:26379,sentinel-1:26379.");
        }

        return options is null ? null : options with { Master = master ?? options.Master, Username = username, Password = password };
    }

    private static DatabaseOptions? ReadDatabase(SettingsReader reader, Setting address, Setting password, bool needed, bool hasCertificate)
    {
        if (reader.Text(address) is not { } url)
        {
            if (needed)
            {
                Require(reader, address, "postgresql://taskrunner@localhost:5432/taskrunner");
            }

            return null;
        }

        DatabaseOptions? parsed = null;
        try
        {
            parsed = DatabaseOptions.Parse(url);
        }
        catch (FormatException e)
        {
            Report(reader, address, e);
        }

        // The other settings may have mistakes, too.
        var options = parsed ?? new DatabaseOptions { Host = "", Database = "", User = "" };
        var files = CertificateSettings.Read(
            reader,
            Settings.DatabaseCaFile,
            hasCertificate ? Settings.DatabaseCertFile : null,
            hasCertificate ? Settings.DatabaseKeyFile : null,
            new(options.CaFile, options.CertificateFile, options.KeyFile));
        options = options with
        {
            Password = reader.Secret(password) ?? options.Password,
            CaFile = files.Authorities,
            CertificateFile = files.Certificate,
            KeyFile = files.Key,
        };
        foreach (var (option, mistake) in DatabaseEncryption.Contradictions(options))
        {
            var label = option switch
            {
                nameof(options.CaFile) when reader.Text(Settings.DatabaseCaFile) is not null => Settings.DatabaseCaFile.Label,
                nameof(options.CertificateFile) when hasCertificate && reader.Text(Settings.DatabaseCertFile) is not null => Settings.DatabaseCertFile.Label,
                nameof(options.CaFile) => $"{address.Label}: sslrootcert",
                nameof(options.CertificateFile) => $"{address.Label}: sslcert",
                nameof(options.KeyFile) => $"{address.Label}: sslkey",
                _ => address.Label,
            };
            if (option != nameof(options.KeyFile) || reader.Text(Settings.DatabaseKeyFile) is null)
            {
                reader.Mistake($"{label} {mistake}");
            }
        }

        return parsed is null ? null : options;
    }

    private static void Report(SettingsReader reader, Setting setting, FormatException e)
    {
        foreach (var sentence in e.Message.Split('\n'))
        {
            reader.Mistake($"{setting.Label}: {sentence}");
        }
    }

    private static void Require(SettingsReader reader, Setting setting, string example)
    {
        // A value in a file that cannot be read was already reported.
        if (!reader.Mistakes.Any(m => m.StartsWith(setting.Variable, StringComparison.Ordinal)))
        {
            reader.Mistake($"{setting.Label} is not set: for example {example}.");
        }
    }
}
