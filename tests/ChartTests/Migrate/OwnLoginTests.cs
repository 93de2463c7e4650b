using ChartTests.Config;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Migrate;

/// <summary>A database login of the migration's own: past a pooler, or with more rights.</summary>
public sealed class OwnLoginTests
{
    private const string External = "postgresql: { enabled: false }\ndatabase: { host: pooler.example, port: 6432, existingSecret: { name: app } }\n";

    private const string Folder = "/etc/taskrunner/secrets/";

    [Fact]
    public void A_URL_of_its_own_is_with_the_password_of_the_database()
    {
        var job = Job("url: 'postgresql://taskrunner@direct.example/{{ .Release.Name }}'");

        job.Env("TASKRUNNER_DATABASE_URL").Should().Be("postgresql://taskrunner@direct.example/demo");
        job.Env("TASKRUNNER_DATABASE_PASSWORD_FILE").Should().BeNull();
    }

    [Fact]
    public void A_password_of_its_own_comes_from_a_Secret_that_only_the_job_sees()
    {
        var manifests = Chart.Render(Values("url: 'postgresql://owner@direct.example/tasks', existingSecret: { name: owner, passwordKey: pw }"));
        var job = manifests.Single("Job");

        job.Env("TASKRUNNER_DATABASE_URL").Should().Be("postgresql://owner@direct.example/tasks");
        job.Env("TASKRUNNER_DATABASE_PASSWORD_FILE").Should().Be(Folder + "migrate-password");
        job.PodSpec.ToJsonString().Should().Contain("""{"items":[{"key":"pw","path":"migrate-password"}],"name":"owner"}""");
        manifests.Workloads.Where(workload => workload.Kind != "Job").Should().OnlyContain(workload => !workload.Content.ToJsonString(null).Contains("owner", StringComparison.Ordinal));
    }

    [Fact]
    public void A_whole_URL_in_a_Secret_takes_the_place_of_address_and_password()
    {
        var job = Job("existingSecret: { name: owner, urlKey: url }");

        job.Env("TASKRUNNER_DATABASE_URL_FILE").Should().Be(Folder + "migrate-url");
        job.Env("TASKRUNNER_DATABASE_URL").Should().BeEmpty("a variable would win over the file");
        job.Env("TASKRUNNER_DATABASE_PASSWORD_FILE").Should().BeEmpty("a password would win over that of the URL");
    }

    [Fact]
    public void A_URL_with_a_password_is_a_secret_that_only_the_job_sees()
    {
        const string url = "postgresql://owner:database-secret-value@direct.example/tasks";
        var manifests = Chart.Render(Values($"url: '{url}'"));

        Secrets.Decode(manifests, "-credentials").Should().Contain("migrate-url", url);
        manifests.Single("Job").Env("TASKRUNNER_DATABASE_URL_FILE").Should().Be(Folder + "migrate-url");
        manifests.Single("Job").PodSpec.ToJsonString().Should().Contain("migrate-url").And.NotContain("database-secret-value");
        manifests.Single("Deployment", component: "worker").PodSpec.ToJsonString().Should().NotContain("migrate-url");
    }

    [Theory]
    [InlineData("existingSecret: { name: owner, urlKey: url }")]
    [InlineData("url: 'postgresql://owner:database-secret-value@direct.example/tasks'")]
    public void A_whole_URL_takes_the_place_of_an_address_that_comes_from_a_Secret(string database)
    {
        const string parts = "{ name: app, hostKey: host, portKey: port, usernameKey: user, nameKey: db, passwordKey: pw }";
        var manifests = Chart.Render($"postgresql: {{ enabled: false }}\ndatabase: {{ existingSecret: {parts} }}\nmigrate: {{ database: {{ {database} }} }}");
        var job = manifests.Single("Job");

        job.Env("TASKRUNNER_DATABASE_URL").Should().BeEmpty("a variable would win over the file");
        job.PodSpec.ToJsonString().Should().Contain("migrate-url").And.NotContain("DATABASE_SECRET_").And.NotContain("database-password").And.NotContain("\"app\"");
        manifests.Single("Deployment", component: "beat").PodSpec.ToJsonString().Should().Contain("$(DATABASE_SECRET_HOST)").And.Contain("database-password");
    }

    [Fact]
    public void A_policy_lets_the_job_out_to_its_own_port()
    {
        var manifests = Chart.Render(Values("url: 'postgresql://owner@direct.example:5433/tasks'") + "\nnetworkPolicy: { enabled: true }");

        manifests.Single("NetworkPolicy", component: "migrate").At("spec.egress").Walk().Select(item => item.Node?.ToString()).Should().Contain(["6432", "5433"]);
        manifests.Single("NetworkPolicy", component: "worker").At("spec.egress").Walk().Select(item => item.Node?.ToString()).Should().NotContain("5433");
    }

    [Theory]
    [InlineData("url: 'postgresql://o@d/t', existingSecret: { name: s, urlKey: u }", "migrate.database has two URLs")]
    [InlineData("url: 'postgresql://o:p@d/t', existingSecret: { name: s }", "migrate.database has two URLs, or a password in its URL and one in a Secret")]
    [InlineData("existingSecret: { urlKey: u }", "migrate.database.existingSecret.urlKey is set, but migrate.database.existingSecret.name is empty")]
    public void What_contradicts_itself_is_refused(string database, string sentence) => Chart.Refusal(Values(database)).Should().Contain($"- {sentence}");

    [Fact]
    public void The_bundled_PostgreSQL_has_one_login_only() =>
        Chart.Refusal("migrate: { database: { url: 'postgresql://o@d/t' } }").Should().Contain("- migrate.database is set, but postgresql.enabled is true");

    private static string Values(string database) => $"{External}migrate: {{ database: {{ {database} }} }}";

    private static Manifest Job(string database) => Chart.Render(Values(database)).Single("Job");
}
