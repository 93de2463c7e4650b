using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class CredentialsTests
{
    [Fact]
    public void Given_passwords_of_bundled_stores_are_used() =>
        Secrets.Decode(Chart.Render(), "-credentials").Should().Equal(new Dictionary<string, string>
        {
            ["broker-password"] = "redis-secret-value",
            ["database-password"] = "postgresql-secret-value",
        });

    [Fact]
    public void The_password_of_broker_and_database_serves_the_bundled_stores_too()
    {
        var manifests = Chart.Render("{ broker: { password: b }, database: { password: d }, redis: { password: '' }, postgresql: { password: '' } }");

        Secrets.Decode(manifests, "-credentials").Should().Contain("broker-password", "b").And.Contain("database-password", "d");
        Secrets.Decode(manifests, "-redis")["redis.conf"].Should().Contain("requirepass \"b\"");
    }

    [Fact]
    public void Passwords_that_are_not_given_are_generated_long_and_differ()
    {
        var credentials = Secrets.Decode(Chart.Render("{ redis: { password: '' }, postgresql: { password: '' } }"), "-credentials");

        credentials.Values.Should().OnlyContain(password => password.Length == 32).And.OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_generated_password_is_the_same_wherever_it_is_used()
    {
        var manifests = Chart.Render("redis: { password: '' }");

        Secrets.Decode(manifests, "-redis")["redis.conf"].Should().Contain(Secrets.Decode(manifests, "-credentials")["broker-password"]);
        manifests.Workloads.Select(workload => (string?)workload.PodAnnotations["checksum/credentials"]).OfType<string>()
            .Distinct().Should().ContainSingle();
    }

    [Fact]
    public void A_generated_password_outlives_the_release_as_the_data_that_knows_it_does()
    {
        Policy("postgresql: { password: '' }").Should().Be("keep");
        Policy("{ postgresql: { password: '', persistence: { enabled: false } } }").Should().BeNull();
        Policy(string.Empty).Should().BeNull();
    }

    [Fact]
    public void There_is_no_secret_when_there_is_nothing_to_keep()
    {
        var manifests = Chart.Render("""
            redis: { enabled: false }
            postgresql: { enabled: false }
            broker: { host: redis.example }
            database: { existingSecret: { name: mine, urlKey: url } }
            """);

        manifests.Has("Secret").Should().BeFalse();
        manifests.Single("Deployment", component: "worker").PodAnnotations.Select(pair => pair.Key).Should().NotContain("checksum/credentials");
    }

    [Fact]
    public void Without_any_secret_no_pod_mounts_one()
    {
        var worker = Chart.Render("""
            redis: { enabled: false }
            postgresql: { enabled: false }
            broker: { host: redis.example }
            database: { host: postgresql.example }
            """).Single("Deployment", component: "worker");

        worker.PodSpec["volumes"]!.AsArray().Should().ContainSingle();
        worker.Container["volumeMounts"]!.AsArray().Should().ContainSingle();
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    public void Secrets_are_files_that_only_the_group_of_the_pod_reads(string component)
    {
        var workload = Chart.Render().Workloads.Single(manifest => manifest.Component == component);

        workload.Container["volumeMounts"]!.AsArray().Should().Contain(mount =>
            (string?)mount!["name"] == "secrets" && (string?)mount["mountPath"] == "/etc/taskrunner/secrets" && (bool)mount["readOnly"]!);
        var projected = workload.PodSpec["volumes"]!.AsArray().Single(volume => (string?)volume!["name"] == "secrets").At("projected");
        projected.At("defaultMode").ShouldBe("288");
        projected.At("sources")!.AsArray().Should().HaveCount(2);
    }

    private static string? Policy(string values) =>
        (string?)Chart.Render(values).Single("Secret", name: "-credentials").At("metadata.annotations")?["helm.sh/resource-policy"];
}
