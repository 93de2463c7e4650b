using System.Text;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Redis;

/// <summary>Passwords and claims of the bundled stores that the user brings.</summary>
public sealed class StoreChoicesTests
{
    public static TheoryData<string> Stores => ["redis", "postgresql"];

    [Fact]
    public void Redis_adds_the_password_of_a_Secret_to_its_configuration()
    {
        var manifests = Chart.Render("redis: { password: '', existingSecret: { name: \"{{ .Release.Name }}-own\", passwordKey: pw } }");
        var set = manifests.Single("StatefulSet", component: "redis");

        set.Container["command"].ShouldBe("[sh, -ec]");
        set.Container.At("args[0]")!.ToString().Should().Contain("/etc/redis-secrets/password").And.Contain("exec redis-server -");
        set.PodSpec["volumes"]!.AsArray().Single(volume => (string?)volume!["name"] == "secrets")
            .ShouldBe("{ name: secrets, secret: { secretName: demo-own, defaultMode: 288, items: [{ key: pw, path: password }] } }");
        Encoding.UTF8.GetString(Convert.FromBase64String(manifests.Single("Secret", component: "redis").At("data")!["redis.conf"]!.ToString()))
            .Should().NotContain("requirepass").And.Contain("port 6379");
        Passwords(manifests, "broker-password").Should().OnlyContain(source => source == "demo-own/pw");
    }

    [Fact]
    public void PostgreSQL_reads_the_password_of_a_Secret()
    {
        var manifests = Chart.Render("postgresql: { password: '', existingSecret: { name: own } }");

        manifests.Single("StatefulSet", component: "postgresql").PodSpec["volumes"]!.AsArray().Single(volume => (string?)volume!["name"] == "secrets")
            .ShouldBe("{ name: secrets, secret: { secretName: own, defaultMode: 288, items: [{ key: postgresql-password, path: database-password }] } }");
        Passwords(manifests, "database-password").Should().OnlyContain(source => source == "own/postgresql-password");
    }

    [Fact]
    public void Nothing_is_generated_beside_Secrets_of_the_user() =>
        Chart.Render("{ redis: { password: '', existingSecret: { name: own } }, postgresql: { password: '', existingSecret: { name: own } } }")
            .Has("Secret", name: "-credentials").Should().BeFalse();

    [Fact]
    public void KEDA_reads_the_Secret_of_the_bundled_Redis() =>
        Chart.Render("{ redis: { password: '', existingSecret: { name: own } }, worker: { autoscaling: { type: keda } } }")
            .Single("TriggerAuthentication").At("spec.secretTargetRef").ShouldBe("[{ parameter: password, name: own, key: redis-password }]");

    [Theory]
    [InlineData("redis: { password: p, existingSecret: { name: s } }", "redis.password or broker.password, and redis.existingSecret.name are set: keep one of them.")]
    [InlineData("{ postgresql: { password: '', existingSecret: { name: s } }, database: { password: p } }", "postgresql.password or database.password, and postgresql.existingSecret.name are set")]
    public void Two_passwords_are_refused(string values, string sentence) => Chart.Refusal(values).Should().Contain($"- {sentence}");

    [Theory]
    [MemberData(nameof(Stores))]
    public void A_claim_has_the_labels_and_annotations_of_the_user(string store)
    {
        var claim = Chart.Render($$$"""
            {{{store}}}: { persistence: { labels: { cost: "{{ .Release.Name }}", app.kubernetes.io/name: other }, annotations: { note: "{{ .Release.Name }}" } } }
            """).Single("StatefulSet", component: store).At("spec.volumeClaimTemplates[0].metadata");

        claim.At("labels.cost").ShouldBe("demo");
        claim.At("labels")!["app.kubernetes.io/name"].ShouldBe("taskrunner");
        claim.At("annotations").ShouldBe("{ note: demo }");
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public void A_claim_that_exists_takes_the_place_of_one_of_its_own(string store)
    {
        var set = Chart.Render($$$"""{{{store}}}: { persistence: { existingClaim: "{{ .Release.Name }}-data" } }""").Single("StatefulSet", component: store);

        set.At("spec.volumeClaimTemplates").Should().BeNull();
        set.PodSpec["volumes"]!.AsArray()[^1].ShouldBe("{ name: data, persistentVolumeClaim: { claimName: demo-data } }");
    }

    [Fact]
    public void Without_persistence_no_claim_is_used() =>
        Chart.Render("redis: { persistence: { enabled: false, existingClaim: a } }").Single("StatefulSet", component: "redis")
            .PodSpec["volumes"]!.AsArray()[^1].ShouldBe("{ name: data, emptyDir: { sizeLimit: 2Gi } }");

    [Theory]
    [InlineData("null", "shared")]
    [InlineData("own", "own")]
    [InlineData("\"\"", "\"\"")]
    public void The_storage_class_of_a_parent_chart_is_for_stores_that_name_none(string own, string expected) =>
        Chart.Render($"{{ global: {{ storageClass: shared }}, redis: {{ persistence: {{ storageClass: {own} }} }} }}").Single("StatefulSet", component: "redis")
            .At("spec.volumeClaimTemplates[0].spec.storageClassName").ShouldBe(expected);

    private static IEnumerable<string> Passwords(Manifests manifests, string file) =>
        from workload in manifests.Workloads
        where workload.Kind != "StatefulSet"
        from source in workload.PodSpec["volumes"]!.AsArray().Single(volume => (string?)volume!["name"] == "secrets").At("projected.sources")!.AsArray()
        where (string?)source.At("secret.items[0].path") == file
        select $"{source.At("secret.name")}/{source.At("secret.items[0].key")}";
}
