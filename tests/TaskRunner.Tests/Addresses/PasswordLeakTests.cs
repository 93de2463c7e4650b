using FluentAssertions;
using TaskRunner.Database;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Addresses;

/// <summary>Whatever a URL looks like, either its password is read right or no part of it is shown.</summary>
public sealed class PasswordLeakTests
{
    // {0} is the password. What follows is also what people write by mistake. Without a host behind the @, a password that holds an @ itself
    // is a URL of another server, which nobody can tell; those are left out.
    private static readonly string[] BrokerForms =
    [
        "redis://user:{0}@127.0.0.1:1/0", "redis://:{0}@127.0.0.1:1", "rediss://user:{0}@127.0.0.1:1", "redis://{0}@127.0.0.1:1", "redis://user:{0}@127.0.0.1:1?protocol=2",
        "redis+sentinel://user:{0}@127.0.0.1:1,127.0.0.1:1/m", "rediss+sentinel://:{0}@127.0.0.1:1/m/0", "unix://user:{0}@/no/such.sock", "redis+socket://:{0}@/no/such.sock?db=0",
        "unix:///no/such.sock?db=0&password={0}", "redis+unix:///no/such.sock?password={0}", "redis://127.0.0.1:1?user=x&password={0}", "redis://127.0.0.1:1?password={0}&db=1",
        "http://user:{0}@127.0.0.1", "amqp://user:{0}@127.0.0.1", "user:{0}@127.0.0.1:1", "{0}", "redis:{0}", "redis:/user:{0}@127.0.0.1", "redis://user:{0}@", "redis://user:{0}@:6379",
        "redis://user:{0}@/0", "redis://user:{0}", "redis://u:{0}@h@127.0.0.1:1", "redis://user:{0}@@127.0.0.1:1", "redis://user:{0}@127.0.0.1:x", "redis://user:{0}@127.0.0.1:0",
        "redis://user:{0}@127.0.0.1:99999", "redis://user:{0}@127.0.0.1:", "redis://user:{0}@127.0.0.1/one", "redis://user:{0}@127.0.0.1?timeout=5", "redis://127.0.0.1?{0}=1", "redis://127.0.0.1?{0}",
        "redis://127.0.0.1?protocol={0}", "redis://127.0.0.1?passwrd={0}", "rediss://127.0.0.1?ssl_cert_reqs={0}", "redis://127.0.0.1/{0}", "redis://[{0}]", "redis://user:{0}@[::1",
        "127.0.0.1:6379,password={0}", "127.0.0.1:6379,password={0},ssl=true", "redis+sentinel://user:{0}@127.0.0.1:1", "redis+sentinel://127.0.0.1:{0}/m", "redis+sentinel://user:{0}@/m", "unix://user:{0}@no/slash",
    ];

    private static readonly string[] DatabaseForms =
    [
        "postgresql://user:{0}@127.0.0.1:1/db", "postgres://user:{0}@127.0.0.1:1/db?sslmode=disable", "postgresql://user:{0}@127.0.0.1:1,127.0.0.1:2/db?target_session_attrs=primary",
        "postgresql://user:{0}@%2Fno%2Fsuch/db", "postgresql://user:{0}@/db?host=/no/such", "postgresql:///db?host=/no/such&user=x&password={0}", "postgresql://127.0.0.1:1/db?user=x&password={0}",
        "postgresql://127.0.0.1:1/db?user=x&password={0}&sslmode=disable", "postgresql://user:{0}@127.0.0.1:1/db?sslmode={0}", "postgresql://user@127.0.0.1:1/db?sslmode={0}", "postgresql://user@127.0.0.1:1/db?{0}",
        "postgresql://user@127.0.0.1:1/db?{0}=1", "postgresql://user@127.0.0.1:1/db?passwrd={0}", "postgresql://user@127.0.0.1:1/db?options={0}", "postgresql://user@127.0.0.1:1/db?connect_timeout={0}",
        "postgresql://user@127.0.0.1:1/db?sslpassword={0}", "postgresql://user@127.0.0.1:1/db?passfile={0}", "postgresql://user@127.0.0.1:1/db?require_auth={0}",
        "postgresql://user:{0}@/db", "postgresql://user:{0}@:5432/db", "postgresql://user:{0}@127.0.0.1:1", "postgresql://user:{0}@127.0.0.1:1/", "postgresql://user:{0}@127.0.0.1:x/db",
        "postgresql://user:{0}@127.0.0.1:0/db", "postgresql://user:{0}@127.0.0.1:/db", "postgresql://user:{0}@h@127.0.0.1:1/db", "postgresql://user:{0}@ho st/db", "postgresql://:{0}@127.0.0.1:1/db",
        "postgresql://user:{0}", "postgresql://user:{0}/db", "mysql://user:{0}@127.0.0.1/db", "jdbc:postgresql://127.0.0.1/db?user=x&password={0}", "user:{0}@127.0.0.1/db", "{0}", "postgresql:{0}",
        "Host=127.0.0.1;Username=user;Password={0};Database=db", "host=127.0.0.1 user=user password={0} dbname=db", "Server=127.0.0.1;Pwd={0}",
    ];

    // In these the password is where it belongs: it must be read as it is, raw or encoded.
    private static readonly string[] RightBrokerForms =
        ["redis://user:{0}@127.0.0.1:1/0", "rediss://:{0}@[::1]:1", "redis+sentinel://user:{0}@127.0.0.1:1,127.0.0.1:1/m", "unix://user:{0}@/no/such.sock?db=1", "redis://user:{0}@127.0.0.1?protocol=2"];

    private static readonly string[] RightDatabaseForms =
        ["postgresql://user:{0}@127.0.0.1:1/db", "postgres://user:{0}@[::1]/db?sslmode=require&channel_binding=require", "postgresql://user:{0}@a,b:2/db", "postgresql://user:{0}@/db?host=/no/such"];

    [Fact]
    public void No_message_about_a_broker_url_shows_a_part_of_its_password() => ShouldShowNothing(BrokerForms, url =>
    {
        var options = RedisOptions.Parse(url);
        return $"{options} {options.Endpoint} {RedisFailures.ConnectTimeout(options).Message}";
    });

    [Fact]
    public void No_message_about_a_database_url_shows_a_part_of_its_password() => ShouldShowNothing(DatabaseForms, url =>
    {
        var options = DatabaseOptions.Parse(url);
        return $"{options} {options.Address} {PostgresErrors.Explain(new TimeoutException(), options)}";
    });

    [Fact]
    public void Password_is_read_as_it_is_written_raw_or_encoded()
    {
        foreach (var password in Passwords.Of(3).Where(password => !password.Contains('%', StringComparison.Ordinal) && !password.Contains("?password=", StringComparison.Ordinal)))
        {
            foreach (var written in new[] { password, Uri.EscapeDataString(password) })
            {
                RightBrokerForms.Select(form => RedisOptions.Parse(Fill(form, written)).Password!()).Should().AllBe(password, "{0} is written as {1}", password, written);
                RightDatabaseForms.Select(form => DatabaseOptions.Parse(Fill(form, written)).Password!()).Should().AllBe(password, "{0} is written as {1}", password, written);
            }
        }
    }

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("a%zz", "a%zz")]
    [InlineData("a%2", "a%2")]
    [InlineData("a%41", "aA")]
    [InlineData("a%3Fb", "a?b")]
    [InlineData("%E2%82%AC", "€")]
    public void Percent_escape_is_decoded_and_what_is_none_stays(string written, string password)
    {
        RedisOptions.Parse($"redis://user:{written}@h").Password!().Should().Be(password);
        DatabaseOptions.Parse($"postgresql://user:{written}@h/db").Password!().Should().Be(password);
    }

    [Theory]
    [InlineData("TASKRUNNER_BROKER_URL")]
    [InlineData("TASKRUNNER_DATABASE_URL")]
    [InlineData("TASKRUNNER_CELERY_DATABASE_URL")]
    public async Task Nothing_that_the_program_writes_shows_a_part_of_a_password(string variable)
    {
        var forms = variable.Contains("BROKER", StringComparison.Ordinal) ? BrokerForms : DatabaseForms;
        string[] verb = variable.Contains("BROKER", StringComparison.Ordinal) ? ["inspect", "queues"] : variable.Contains("CELERY", StringComparison.Ordinal) ? ["schedule", "import", "--from", "celery"] : ["migrate"];
        string[] passwords = ["4821?Qz7kXw9v", "Tr0&b4d0#q", "p@Ss:Wo/rD%41", "Zk%zz Qv9=J", "密码Gw7?Xb2"];
        var usual = new HashSet<string>();
        foreach (var password in passwords.Prepend("qqqqqqqqq").Where(password => !password.Contains('\0', StringComparison.Ordinal)))
        {
            foreach (var form in forms.Where(form => !IsAnotherServer(form, password)))
            {
                var others = variable == "TASKRUNNER_BROKER_URL" ? Array.Empty<(string, string)>() : [("TASKRUNNER_BROKER_URL", "redis://127.0.0.1:1"), ("TASKRUNNER_DATABASE_URL", "postgresql://x@127.0.0.1:1/x")];
                var program = new StockProgram([.. others.Where(other => other.Item1 != variable), (variable, Fill(form, password))]);

                var outcome = await program.RunAsync(verb);

                outcome.Code.Should().BeOneOf([2, 3], "{0} of {1} says {2}", password, form, outcome.Error);
                Passwords.Shared(outcome.Error + outcome.Output, password, usual).Should().BeEmpty("{0} of {1} says {2}", password, form, outcome.Error);
                usual.UnionWith(password[0] == 'q' ? Passwords.Parts(outcome.Error) : []);
            }
        }
    }

    [Theory]
    [InlineData("TASKRUNNER_BROKER_SENTINELS", "user:{0}@127.0.0.1:1")]
    [InlineData("TASKRUNNER_BROKER_SENTINELS", "127.0.0.1:1,127.0.0.1:{0}")]
    [InlineData("TASKRUNNER_BROKER_SENTINELS", "redis://:{0}@127.0.0.1:1")]
    [InlineData("TASKRUNNER_BROKER_PASSWORD_FILE", "{0}")]
    [InlineData("TASKRUNNER_BROKER_SENTINEL_PASSWORD_FILE", "{0}")]
    [InlineData("TASKRUNNER_BROKER_URL_FILE", "redis://:{0}@127.0.0.1:1")]
    [InlineData("TASKRUNNER_DATABASE_PASSWORD_FILE", "{0}")]
    [InlineData("TASKRUNNER_DATABASE_URL_FILE", "postgresql://user:{0}@127.0.0.1:1/db")]
    [InlineData("TASKRUNNER_BROKER_KEY_FILE", "-----BEGIN PRIVATE KEY-----\n{0}")]
    [InlineData("TASKRUNNER_DATABASE_KEY_FILE", "-----BEGIN PRIVATE KEY----- {0}")]
    [InlineData("TASKRUNNER_DATABASE_CERT_FILE", "-----BEGIN CERTIFICATE-----\n{0}")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "user:{0}@collector")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:{0}@collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4317?token={0}")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "{0}")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "authorization Bearer {0}")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "good=1,{0}")]
    [InlineData("TASKRUNNER_KUBERNETES_URL", "http://user:{0}@api")]
    public async Task No_message_about_another_setting_shows_a_part_of_a_password(string variable, string form)
    {
        foreach (var password in new[] { "4821?Qz7kXw9v", "Tr0&b4d0#q", "p@Ss:Wo/rD%41", "Zk%zz Qv9J" })
        {
            (string Name, string Value)[] variables =
            [
                ("TASKRUNNER_DATABASE_URL", "postgresql://user@127.0.0.1:1/db"), ("TASKRUNNER_BROKER_URL", "redis://127.0.0.1:1"), ("TASKRUNNER_POD_NAME", "p"), ("TASKRUNNER_CONCURRENCY", "0"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
            ];
            var program = new StockProgram([.. variables.Where(other => other.Name != variable && other.Name + "_FILE" != variable), (variable, Fill(form, password))]);

            var outcome = await program.RunAsync("worker");

            outcome.Code.Should().Be(2);
            outcome.Error.Should().Contain(variable);
            Passwords.Shared(outcome.Error, password, new HashSet<string>()).Should().BeEmpty("{0} of {1} says {2}", password, form, outcome.Error);
        }
    }

    private static void ShouldShowNothing(string[] forms, Func<string, string> show)
    {
        // What the messages say of other passwords, they say of themselves.
        var usual = new HashSet<string>();
        foreach (var password in Passwords.Of(1).Where((_, i) => i % 4 == 0))
        {
            usual.UnionWith(forms.SelectMany(form => Passwords.Parts(Said(Fill(form, password), show))));
        }

        var leaks = from password in Passwords.Of(2)
                    from form in forms
                    where !IsAnotherServer(form, password)
                    let said = Said(Fill(form, password), show)
                    where Passwords.Shared(said, password, usual).Any()
                    select $"{form} with {password}: {said}";

        leaks.Take(10).Should().BeEmpty();
    }

    // URLs that mean something else by the form, with another server or another user: nobody can tell that they are mistakes.
    private static bool IsAnotherServer(string form, string password) => form switch
    {
        "redis://user:{0}" => password.Contains('@', StringComparison.Ordinal) || char.IsAsciiDigit(password[0]),
        "postgresql://user:{0}" or "postgresql://user:{0}/db" or "{0}" or "redis://127.0.0.1/{0}" or "postgresql://user@127.0.0.1:1/db?options={0}" => password.Contains('@', StringComparison.Ordinal),
        "redis://{0}@127.0.0.1:1" => password.Contains(':', StringComparison.Ordinal),
        "redis+sentinel://127.0.0.1:{0}/m" => password.IndexOfAny([',', '@']) >= 0,
        _ => false,
    };

    private static string Said(string url, Func<string, string> show)
    {
        try
        {
            return show(url);
        }
        catch (FormatException e)
        {
            return $"{e.Message} {e.InnerException?.Message}";
        }
    }

    private static string Fill(string form, string password) => form.Replace("{0}", password, StringComparison.Ordinal);
}
