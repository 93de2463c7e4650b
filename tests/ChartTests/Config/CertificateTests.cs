using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

/// <summary>Client certificates, and authorities from any number of ConfigMaps and Secrets.</summary>
public sealed class CertificateTests
{
    private const string External = """
        redis: { enabled: false }
        postgresql: { enabled: false }
        queues: [pricing]

        """;

    [Fact]
    public void A_client_certificate_is_mounted_and_named_for_both_stores()
    {
        var manifests = Stores("clientSecret: { name: \"{{ .Release.Name }}-client\" }", "clientSecret: { name: pg, certKey: a.crt, keyKey: a.key }");

        var data = manifests.Single("ConfigMap", name: "-config").At("data")!;
        data["TASKRUNNER_BROKER_CERT_FILE"].ShouldBe("/etc/taskrunner/client/broker.crt");
        data["TASKRUNNER_BROKER_KEY_FILE"].ShouldBe("/etc/taskrunner/client/broker.key");
        data["TASKRUNNER_DATABASE_CERT_FILE"].ShouldBe("/etc/taskrunner/client/database.crt");
        data["TASKRUNNER_DATABASE_KEY_FILE"].ShouldBe("/etc/taskrunner/client/database.key");
        foreach (var workload in manifests.Workloads)
        {
            Sources(workload, "client").ShouldBe("""
                - secret: { name: demo-client, items: [{ key: tls.crt, path: broker.crt }] }
                - secret: { name: demo-client, items: [{ key: tls.key, path: broker.key }] }
                - secret: { name: pg, items: [{ key: a.crt, path: database.crt }] }
                - secret: { name: pg, items: [{ key: a.key, path: database.key }] }
                """);
        }
    }

    [Fact]
    public void An_authority_in_a_ConfigMap_is_a_file()
    {
        var manifests = Stores("caBundles: [{ configMap: \"{{ .Release.Name }}-trust\" }]", "caBundles: [{ secret: s, key: k }]");

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_BROKER_CA_FILE").Should().Be("/etc/taskrunner/ca/broker.crt");
        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_DATABASE_CA_FILE").Should().Be("/etc/taskrunner/ca/database.crt");
        Sources(manifests.Single("Job"), "ca").ShouldBe("""
            - configMap: { name: demo-trust, items: [{ key: ca.crt, path: broker.crt }] }
            - secret: { name: s, items: [{ key: k, path: database.crt }] }
            """);
    }

    [Fact]
    public void Several_authorities_are_a_folder()
    {
        var manifests = Stores("enabled: true", "caSecret: { name: a }, caBundles: [{ configMap: b, key: all.pem }, { secret: c }]");

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_DATABASE_CA_FILE").Should().Be("/etc/taskrunner/ca/database");
        Sources(manifests.Single("Deployment", component: "beat"), "ca").ShouldBe("""
            - secret: { name: a, items: [{ key: ca.crt, path: database/0.crt }] }
            - configMap: { name: b, items: [{ key: all.pem, path: database/1.crt }] }
            - secret: { name: c, items: [{ key: ca.crt, path: database/2.crt }] }
            """);
    }

    [Fact]
    public void Without_any_there_is_no_volume_for_them() =>
        Chart.Render().Rendered.Should().NotContain("/etc/taskrunner/client").And.NotContain("/etc/taskrunner/ca").And.NotContain("_CERT_FILE").And.NotContain("_CA_FILE");

    [Fact]
    public void KEDA_shows_the_certificate_and_trusts_the_authority()
    {
        var manifests = Stores("clientSecret: { name: client }, caBundles: [{ configMap: trust }]", "enabled: true", "worker: { autoscaling: { type: keda } }");

        manifests.Single("TriggerAuthentication").At("spec").ShouldBe("""
            configMapTargetRef: [{ parameter: ca, name: trust, key: ca.crt }]
            secretTargetRef:
              - { parameter: cert, name: client, key: tls.crt }
              - { parameter: key, name: client, key: tls.key }
            """);
        manifests.Single("ScaledObject").At("spec.triggers[0].authenticationRef.name").ShouldBe(manifests.Single("TriggerAuthentication").Name);
    }

    [Theory]
    [InlineData("broker: { tls: { clientSecret: { name: c } } }", "broker.tls.caBundles or clientSecret is set, but nothing is encrypted")]
    [InlineData("redis: { enabled: false }\nbroker: { url: 'redis://r', tls: { caBundles: [{ secret: c }] } }", "broker.tls.caBundles or clientSecret is set, but nothing is encrypted")]
    [InlineData("database: { tls: { clientSecret: { name: c } } }", "database.tls.clientSecret is set, but nothing is encrypted")]
    [InlineData("postgresql: { enabled: false }\ndatabase: { host: p, sslmode: disable, tls: { clientSecret: { name: c } } }", "database.tls.clientSecret is set, but nothing is encrypted")]
    [InlineData("postgresql: { enabled: false }\ndatabase: { host: p, tls: { caBundles: [{ secret: c }] } }", "database.tls.caBundles is set, but database.sslmode prefer verifies no certificate")]
    [InlineData(
        "redis: { enabled: false }\nbroker: { host: r, tls: { enabled: true, caBundles: [{ secret: a }, { secret: b }] } }\nworker: { autoscaling: { type: keda } }",
        "Pool \"default\": worker.autoscaling.keda.trigger is redis, but KEDA takes one authority for the broker")]
    public void What_would_have_no_effect_is_refused(string values, string sentence) => Chart.Refusal(values).Should().Contain($"- {sentence}");

    [Theory]
    [InlineData("{ configMap: a, secret: b }")]
    [InlineData("{ key: ca.crt }")]
    [InlineData("{ name: a }")]
    public void An_authority_is_in_one_place(string bundle) =>
        Chart.Refusal($"broker: {{ tls: {{ caBundles: [{bundle}] }} }}").Should().Contain("broker.tls.caBundles.0");

    private static Manifests Stores(string broker, string database, string more = "") => Chart.Render(
        $"{External}broker: {{ url: 'rediss://r.example', tls: {{ {broker} }} }}\n"
        + $"database: {{ host: p.example, sslmode: verify-full, tls: {{ {database.Replace("enabled: true", "caSecret: { name: '' }", StringComparison.Ordinal)} }} }}\n{more}");

    private static System.Text.Json.Nodes.JsonNode? Sources(Manifest workload, string volume) =>
        workload.PodSpec["volumes"]!.AsArray().Single(item => (string?)item!["name"] == volume).At("projected.sources");
}
