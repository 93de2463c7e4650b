using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

/// <summary>Host, port, user and name of a database that a Secret of the user holds, as operators and vaults write it.</summary>
public sealed class LoginFromSecretTests
{
    private const string External = """
        redis: { enabled: false }
        postgresql: { enabled: false }
        queues: [pricing]

        """;

    private const string Broker = "broker: { host: r.example }\n";

    private const string Database = "database: { host: p.example }\n";

    [Fact]
    public void The_address_of_the_database_is_put_together_in_the_pod()
    {
        var manifests = Chart.Render(External + Broker + "database: { existingSecret: { name: \"{{ .Release.Name }}-app\", hostKey: host, portKey: port, usernameKey: user, nameKey: dbname } }");

        manifests.Single("ConfigMap", name: "-config").At("data")!["TASKRUNNER_DATABASE_URL"].Should().BeNull();
        foreach (var workload in manifests.Workloads)
        {
            workload.Env("TASKRUNNER_DATABASE_URL").Should().Be(
                "postgresql://$(DATABASE_SECRET_USERNAME)@$(DATABASE_SECRET_HOST):$(DATABASE_SECRET_PORT)/$(DATABASE_SECRET_NAME)?sslmode=prefer");
            Reference(workload, "DATABASE_SECRET_USERNAME").ShouldBe("{ name: demo-app, key: user }");
            Reference(workload, "DATABASE_SECRET_HOST").ShouldBe("{ name: demo-app, key: host }");
        }
    }

    [Fact]
    public void What_the_Secret_does_not_hold_is_that_of_the_values()
    {
        var worker = Chart.Render(External + Broker + "database: { host: p.example, port: 6000, existingSecret: { name: app, usernameKey: user } }").Single("Deployment", component: "worker");

        worker.Env("TASKRUNNER_DATABASE_URL").Should().Be("postgresql://$(DATABASE_SECRET_USERNAME)@p.example:6000/taskrunner?sslmode=prefer");
        worker.Container["env"]!.AsArray().Select(variable => (string?)variable!["name"]).Should().NotContain("DATABASE_SECRET_HOST");
    }

    [Fact]
    public void The_user_of_the_broker_stands_beside_its_address()
    {
        var manifests = Chart.Render(External + Database + "broker: { tls: { enabled: true }, existingSecret: { name: s, hostKey: host, portKey: port, usernameKey: user } }");
        var worker = manifests.Single("Deployment", component: "worker");

        worker.Env("TASKRUNNER_BROKER_URL").Should().Be("rediss://$(BROKER_SECRET_HOST):$(BROKER_SECRET_PORT)/0");
        worker.Env("TASKRUNNER_BROKER_USERNAME").Should().Be("$(BROKER_SECRET_USERNAME)");
        var data = manifests.Single("ConfigMap", name: "-config").At("data")!;
        data["TASKRUNNER_BROKER_URL"].Should().BeNull();
        data["TASKRUNNER_BROKER_USERNAME"].Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_variable_is_there_before_the_one_that_refers_to_it(string file)
    {
        foreach (var workload in CiCases.Render(file).Workloads)
        {
            var names = (workload.Container["env"] as System.Text.Json.Nodes.JsonArray ?? []).Select(variable => (string)variable!["name"]!).ToList();
            foreach (var variable in workload.Container["env"] as System.Text.Json.Nodes.JsonArray ?? [])
            {
                var used = System.Text.RegularExpressions.Regex.Matches((string?)variable!["value"] ?? "", @"\$\(([A-Z_]+)\)").Select(match => match.Groups[1].Value);

                used.Should().BeSubsetOf(names[..names.IndexOf((string)variable["name"]!)], $"Kubernetes fills in {variable["name"]} of {workload} from what is above it");
            }
        }
    }

    public static TheoryData<string> Cases => CiCases.All;

    [Fact]
    public void KEDA_reads_the_same_Secret()
    {
        var manifests = Chart.Render(
            External + Database + "broker: { existingSecret: { name: s, passwordKey: pass, hostKey: host, usernameKey: user } }\nworker: { autoscaling: { type: keda } }");

        manifests.Single("ScaledObject").At("spec.triggers[0].metadata").ShouldBe("{ databaseIndex: '0', listLength: '4', listName: '{tr:default:pricing:0}:z', port: '6379' }");
        manifests.Single("TriggerAuthentication").At("spec.secretTargetRef").ShouldBe("""
            - { parameter: password, name: s, key: pass }
            - { parameter: host, name: s, key: host }
            - { parameter: username, name: s, key: user }
            """);
    }

    [Fact]
    public void A_login_without_a_password_reads_none() =>
        Chart.Render(External + Broker + "database: { existingSecret: { name: app, passwordKey: '', usernameKey: user }, host: p }")
            .Single("ConfigMap", name: "-config").At("data")!["TASKRUNNER_DATABASE_PASSWORD_FILE"].Should().BeNull();

    [Theory]
    [InlineData("broker: { host: r, existingSecret: { name: s, hostKey: h } }", "broker.host and broker.existingSecret.hostKey are set: keep one of them.")]
    [InlineData("broker: { existingSecret: { hostKey: h } }", "broker.existingSecret.hostKey needs its name, and a host")]
    [InlineData("broker: { host: r, existingSecret: { usernameKey: u } }", "broker.existingSecret.usernameKey needs its name, and a host")]
    [InlineData("broker: { url: 'redis://r', existingSecret: { name: s, portKey: p } }", "broker.existingSecret.portKey needs its name, and a host")]
    [InlineData("broker: { existingSecret: { name: s, hostKey: h, urlKey: u } }", "broker.host and broker.existingSecret.urlKey are set: keep one of them.")]
    public void What_contradicts_itself_is_refused(string values, string sentence) => Chart.Refusal(External + Database + values).Should().Contain($"- {sentence}");

    private static System.Text.Json.Nodes.JsonNode? Reference(Manifest workload, string variable) =>
        workload.Container["env"]!.AsArray().Single(item => (string?)item!["name"] == variable).At("valueFrom.secretKeyRef");
}
