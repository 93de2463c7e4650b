using FluentAssertions;
using TaskRunner.Database;
using Xunit;

namespace TaskRunner.Tests.Database;

public sealed class DatabaseOptionsTests
{
    [Theory]
    [InlineData("postgresql://app:pw@db:6432/tasks", "db", 6432, "tasks", "app", "pw")]
    [InlineData("postgres://app@db/tasks", "db", 5432, "tasks", "app", null)]
    [InlineData("POSTGRESQL://app:pw@db/tasks", "db", 5432, "tasks", "app", "pw")]
    [InlineData(" postgresql://app:p%40ss%2Fw%3Ard@db/tasks\n", "db", 5432, "tasks", "app", "p@ss/w:rd")]
    [InlineData("postgresql://app:p@ss/w?rd@db/tasks", "db", 5432, "tasks", "app", "p@ss/w?rd")]
    [InlineData("postgresql://app:@db/tasks", "db", 5432, "tasks", "app", null)]
    [InlineData("postgresql://app:pw@[::1]:6432/tasks", "::1", 6432, "tasks", "app", "pw")]
    [InlineData("postgresql://app:pw@[fe80::1]/tasks", "fe80::1", 5432, "tasks", "app", "pw")]
    [InlineData("postgresql://a%20b:pw@db/my%20tasks", "db", 5432, "my tasks", "a b", "pw")]
    public void Url_gives_host_port_database_user_and_password(string url, string host, int port, string database, string user, string? password)
    {
        var options = DatabaseOptions.Parse(url);

        options.Should().BeEquivalentTo(new { Host = host, Port = port, Database = database, User = user });
        options.Password?.Invoke().Should().Be(password);
        (options.Password is null).Should().Be(password is null);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("?sslmode=disable", DatabaseTls.Disable)]
    [InlineData("?sslmode=prefer", DatabaseTls.Prefer)]
    [InlineData("?sslmode=require", DatabaseTls.Require)]
    [InlineData("?sslmode=verify-ca", DatabaseTls.VerifyCa)]
    [InlineData("?sslmode=verify-full", DatabaseTls.VerifyFull)]
    public void Url_gives_the_encryption(string query, DatabaseTls? tls)
    {
        DatabaseOptions.Parse($"postgresql://app:pw@db/tasks{query}").Tls.Should().Be(tls);
    }

    [Theory]
    [InlineData("", "does not start with postgresql://")]
    [InlineData("mysql://app:hunter2@db/tasks", "does not start with postgresql://")]
    [InlineData("Host=db;Password=hunter2", "does not start with postgresql://")]
    [InlineData("postgresql://db/tasks", "names no user")]
    [InlineData("postgresql://:hunter2@db/tasks", "names no user")]
    [InlineData("postgresql://app:hunter2@/tasks", "names no host")]
    [InlineData("postgresql://app:hunter2@:5432/tasks", "names no host")]
    [InlineData("postgresql://app:hunter2@db", "names no database")]
    [InlineData("postgresql://app:hunter2@db/", "names no database")]
    [InlineData("postgresql://app:hunter2@db:0/tasks", "port that is not a number from 1 to 65535")]
    [InlineData("postgresql://app:hunter2@db:65536/tasks", "port that is not a number from 1 to 65535")]
    [InlineData("postgresql://app:hunter2@db:five/tasks", "port that is not a number from 1 to 65535")]
    [InlineData("postgresql://app:hunter2@db1:5432,db2:0/tasks", "port that is not a number from 1 to 65535")]
    [InlineData("postgresql://app:hunter2@db1,/tasks", "names no host")]
    [InlineData("postgresql://app:hunter2@d b/tasks", "names no valid host")]
    [InlineData("postgresql://app:hunter2@db/tasks?sslmode=maybe", "unknown sslmode: it must be one of disable, allow, prefer")]
    [InlineData("postgresql://app:hunter2@db/tasks?tls=true", "has an unknown option at place 1 behind the question mark")]
    public void Wrong_url_is_explained_in_one_sentence_without_the_password(string url, string reason)
    {
        var parse = () => DatabaseOptions.Parse(url);

        var message = parse.Should().Throw<FormatException>().Which.Message;
        message.Should().StartWith("The database URL ").And.Contain(reason).And.EndWith(".");
        message.Should().NotContain("hunter2").And.NotContain("\n");
    }

    [Fact]
    public void Text_of_the_options_shows_where_they_lead_and_no_password()
    {
        var options = DatabaseOptions.Parse("postgresql://app:hunter2@db:6432/tasks");

        options.ToString().Should().Be("postgresql://app@db:6432/tasks");
    }

    [Theory]
    [InlineData(DatabaseTls.Disable)]
    [InlineData(DatabaseTls.Prefer)]
    public void Ca_file_is_refused_when_no_certificate_would_be_verified(DatabaseTls tls)
    {
        var options = DatabaseOptions.Parse("postgresql://app@db/tasks") with { CaFile = "/etc/ca.pem", Tls = tls };

        var create = () => new Postgres(options);

        create.Should().Throw<FormatException>().WithMessage("*use require, verify-ca or verify-full*");
    }
}
