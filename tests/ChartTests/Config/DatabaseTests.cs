using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class DatabaseTests
{
    [Fact]
    public void The_bundled_PostgreSQL_is_the_database_by_default()
    {
        var config = Chart.Render().Single("ConfigMap", name: "-config");

        config.Text("data.TASKRUNNER_DATABASE_URL").Should().Be("postgresql://taskrunner@demo-taskrunner-postgresql:5432/taskrunner?sslmode=prefer");
        config.Text("data.TASKRUNNER_DATABASE_PASSWORD_FILE").Should().Be("/etc/taskrunner/secrets/database-password");
    }

    [Theory]
    [InlineData("host: p.example", "postgresql://taskrunner@p.example:5432/taskrunner?sslmode=prefer")]
    [InlineData("host: p.example, port: 6000, name: jobs, username: shop, sslmode: require", "postgresql://shop@p.example:6000/jobs?sslmode=require")]
    [InlineData("host: p.example, username: 'a@b c', name: 'x/y'", "postgresql://a%40b%20c@p.example:5432/x%2Fy?sslmode=prefer")]
    [InlineData("url: 'postgresql://shop@p.example/jobs'", "postgresql://shop@p.example/jobs")]
    public void A_database_without_secret_stands_in_the_config_map(string database, string url)
    {
        var data = Chart.Render(External(database)).Single("ConfigMap", name: "-config").At("data")!;

        data["TASKRUNNER_DATABASE_URL"].ShouldBe($"'{url}'");
        data["TASKRUNNER_DATABASE_PASSWORD_FILE"].Should().BeNull();
    }

    [Theory]
    [InlineData("postgresql://shop:database-secret@p.example/jobs")]
    [InlineData("postgresql://shop:data/base?@secret@p.example/jobs")]
    [InlineData("postgresql://shop@p.example/jobs?password=database-secret")]
    public void A_url_with_a_password_is_a_secret(string url)
    {
        var manifests = Chart.Render(External($"url: '{url}'"));

        var data = manifests.Single("ConfigMap", name: "-config").At("data")!;
        data["TASKRUNNER_DATABASE_URL"].Should().BeNull();
        data["TASKRUNNER_DATABASE_URL_FILE"].ShouldBe("/etc/taskrunner/secrets/database-url");
        Secrets.Decode(manifests, "-credentials").Should().Contain("database-url", url);
    }

    [Fact]
    public void A_secret_of_the_user_is_mounted_where_ours_would_be()
    {
        var manifests = Chart.Render(External("host: p.example, existingSecret: { name: mine }"));

        manifests.Single("Deployment", component: "worker").PodSpec.ToJsonString().Should()
            .Contain("""{"items":[{"key":"database-password","path":"database-password"}],"name":"mine"}""");
        Secrets.Decode(manifests, "-credentials").Should().NotContainKey("database-password");
    }

    [Fact]
    public void An_authority_is_named() =>
        Chart.Render(External("host: p.example, sslmode: verify-full, tls: { caSecret: { name: ca } }"))
            .Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_DATABASE_CA_FILE").Should().Be("/etc/taskrunner/ca/database.crt");

    [Theory]
    [InlineData("postgresql://u@p/db?sslcrl=/x", "database.url has an option at place 1 behind the question mark that the program does not know: it takes application_name, channel_binding, ")]
    [InlineData("postgresql://u@p/db?sslmode=require&Foo=1", "database.url has an option at place 2 behind the question mark")]
    [InlineData("postgresql://p/db?foo=1&password=x", "database.url has an option at place 1 behind")]
    [InlineData("postgresql://p/db", "database.url names no user or no database: write postgresql://USER@HOST:PORT/NAME.")]
    [InlineData("postgresql://u@p", "database.url names no user or no database")]
    [InlineData("postgresql://:x@p/db", "database.url names no user or no database")]
    public void A_url_that_the_program_would_refuse_at_its_start_is_refused(string url, string sentence) =>
        Chart.Refusal($"postgresql: {{ enabled: false }}\ndatabase: {{ url: '{url}' }}").Should().Contain($"- {sentence}");

    [Theory]
    [InlineData("postgresql://u@p/db?sslcert=/x&sslkey=/y&channel_binding=require", "5432")]
    [InlineData("postgresql://u@h1:5001,h2:5002,[::1]/db", "5001, 5002, 5432")]
    [InlineData("postgresql:///db?user=u&host=h1,h2&port=5001,5002", "5001, 5002")]
    [InlineData("postgresql://u:p?w=a/b@h:5003/db?sslmode=require", "5003")]
    public void Any_other_is_taken_and_policies_open_the_port_of_each_host(string url, string ports)
    {
        var rules = Chart.Render($"postgresql: {{ enabled: false }}\ndatabase: {{ url: '{url}' }}\nnetworkPolicy: {{ enabled: true }}")
            .Single("NetworkPolicy", component: "beat").At("spec.egress")!.AsArray();

        string.Join(", ", rules.Last()!["ports"]!.AsArray().Select(port => port!["port"]!.ToString())).Should().Be(ports);
    }

    private static string External(string database) => $"{{ postgresql: {{ enabled: false }}, database: {{ {database} }} }}";
}
