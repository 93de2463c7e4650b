using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Network;

public sealed class NetworkPolicyTests
{
    private const string On = "networkPolicy: { enabled: true }\n";

    private const string External = On + """
        redis: { enabled: false }
        postgresql: { enabled: false }
        broker: { host: r, port: 6390 }
        database: { url: "postgresql://u@p:5433/x" }

        """;

    [Fact]
    public void There_is_none_unless_it_is_asked_for() => Chart.Render().Has("NetworkPolicy").Should().BeFalse();

    [Fact]
    public void Every_component_has_one_that_refuses_what_it_does_not_list()
    {
        var policies = Chart.Render(On).All("NetworkPolicy").ToList();

        policies.Select(policy => policy.Component).Should().BeEquivalentTo("worker", "beat", "migrate", "test", "redis", "postgresql");
        policies.Should().OnlyContain(policy => policy.At("spec.policyTypes")!.ToJsonString(null) == "[\"Ingress\",\"Egress\"]");
    }

    [Theory]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    [InlineData("redis")]
    [InlineData("postgresql")]
    public void A_component_that_is_left_out_needs_none(string component) =>
        Chart.Render(External + $"{(component is "redis" or "postgresql" ? "test" : component)}: {{ enabled: false }}")
            .Has("NetworkPolicy", component: component).Should().BeFalse();

    [Theory]
    [InlineData("worker", true)]
    [InlineData("beat", true)]
    [InlineData("migrate", false)]
    [InlineData("test", false)]
    public void Scrapes_come_in_where_something_answers_them(string component, bool answers) =>
        Policy(On, component).At("spec.ingress").ShouldBe(answers ? "[{ ports: [{ port: 8000, protocol: TCP }], from: [{ namespaceSelector: {} }] }]" : "");

    [Fact]
    public void Who_may_scrape_can_be_narrowed() =>
        Policy("networkPolicy: { enabled: true, metricsFrom: [{ podSelector: { matchLabels: { app: \"{{ .Release.Name }}\" } } }] }", "worker")
            .At("spec.ingress[0].from").ShouldBe("[{ podSelector: { matchLabels: { app: demo } } }]");

    [Fact]
    public void The_program_reaches_DNS_and_the_bundled_stores() => Policy(On, "beat").At("spec.egress").ShouldBe("""
        - ports: [{ port: 53, protocol: TCP }, { port: 5353, protocol: TCP }, { port: 53, protocol: UDP }, { port: 5353, protocol: UDP }]
        - ports: [{ port: 6379, protocol: TCP }]
          to: [{ podSelector: { matchLabels: { app.kubernetes.io/name: taskrunner, app.kubernetes.io/instance: demo, app.kubernetes.io/component: redis } } }]
        - ports: [{ port: 5432, protocol: TCP }]
          to: [{ podSelector: { matchLabels: { app.kubernetes.io/name: taskrunner, app.kubernetes.io/instance: demo, app.kubernetes.io/component: postgresql } } }]
        """);

    [Theory]
    [InlineData("redis", 6379)]
    [InlineData("postgresql", 5432)]
    public void A_bundled_store_lets_in_the_program_and_nobody_else(string component, int port) => Policy(On, component).At("spec.ingress").ShouldBe($$"""
        - ports: [{ port: {{port}}, protocol: TCP }]
          from:
            - podSelector:
                matchLabels: { app.kubernetes.io/name: taskrunner, app.kubernetes.io/instance: demo }
                matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: [worker, beat, migrate, test] }]
        """);

    [Fact]
    public void Stores_of_the_user_are_reached_at_their_ports_wherever_they_are() => Policy(External, "migrate").At("spec.egress").ShouldBe("""
        - ports: [{ port: 53, protocol: TCP }, { port: 5353, protocol: TCP }, { port: 53, protocol: UDP }, { port: 5353, protocol: UDP }]
        - ports: [{ port: 6390, protocol: TCP }]
        - ports: [{ port: 5433, protocol: TCP }]
        """);

    [Theory]
    [InlineData("broker: { url: 'redis://r' }", 6379)]
    [InlineData("broker: { url: 'rediss://u:p@r:7000/1' }", 7000)]
    [InlineData("broker: { existingSecret: { name: s, urlKey: u }, port: 7001 }", 7001)]
    public void The_port_is_that_of_the_address(string broker, int port) =>
        Policy(External.Replace("broker: { host: r, port: 6390 }", broker, StringComparison.Ordinal), "worker")
            .At("spec.egress[1].ports").ShouldBe($"[{{ port: {port}, protocol: TCP }}]");

    [Fact]
    public void Where_a_way_out_leads_can_be_narrowed() =>
        Policy(External.Replace("enabled: true }", "enabled: true, to: { dns: [{ ipBlock: { cidr: 10.0.0.10/32 } }], broker: [{ ipBlock: { cidr: 10.1.0.0/16 } }] } }", StringComparison.Ordinal), "worker")
            .At("spec.egress")!.AsArray().Select(rule => rule!["to"]?.ToJsonString())
            .Should().Equal("[{\"ipBlock\":{\"cidr\":\"10.0.0.10/32\"}}]", "[{\"ipBlock\":{\"cidr\":\"10.1.0.0/16\"}}]", null);

    [Theory]
    [InlineData("http://otel:4318", 4318)]
    [InlineData("http://otel", 80)]
    [InlineData("https://otel", 443)]
    [InlineData("https://otel:4317/v1", 4317)]
    public void The_collector_is_a_way_out_where_there_is_one(string endpoint, int port) =>
        Policy(External + $"config: {{ otlp: {{ endpoint: '{endpoint}' }} }}", "worker").At("spec.egress[3].ports").ShouldBe($"[{{ port: {port}, protocol: TCP }}]");

    [Fact]
    public void The_API_server_is_a_way_out_of_workers_that_talk_to_it()
    {
        const string values = External + "worker: { podDeletionCost: true }";

        Policy(values, "worker").At("spec.egress[3].ports").ShouldBe("[{ port: 443, protocol: TCP }, { port: 6443, protocol: TCP }]");
        Policy(values, "beat").At("spec.egress[3]").Should().BeNull();
    }

    [Fact]
    public void What_tasks_call_is_a_way_out_of_workers_alone()
    {
        var values = External.Replace("enabled: true }", "enabled: true, egress: [{ ports: [{ port: 443 }] }] }", StringComparison.Ordinal);

        Policy(values, "worker").At("spec.egress[3]").ShouldBe("ports: [{ port: 443 }]");
        Policy(values, "beat").At("spec.egress[3]").Should().BeNull();
    }

    [Theory]
    [InlineData("worker", true)]
    [InlineData("beat", true)]
    [InlineData("migrate", false)]
    [InlineData("test", false)]
    public void What_sidecars_and_init_containers_need_is_open_in_every_pod_that_has_them(string component, bool hasSidecars)
    {
        const string More = "egress: [], extraEgress: [{ ports: [{ port: 8200 }] }], extraIngress: [{ from: [{ podSelector: { matchLabels: { app: \"{{ .Release.Name }}\" } } }], ports: [{ port: 9102 }] }]";
        var policy = Policy(External.Replace("enabled: true }", $"enabled: true, {More} }}", StringComparison.Ordinal), component);

        policy.At("spec.egress")!.AsArray()[^1].ShouldBe("ports: [{ port: 8200 }]");
        policy.At("spec.ingress[1]").ShouldBe(hasSidecars ? "{ from: [{ podSelector: { matchLabels: { app: demo } } }], ports: [{ port: 9102 }] }" : "");
    }

    [Fact]
    public void A_bundled_store_lets_the_program_in_and_whom_the_user_names_and_reaches_nothing()
    {
        var policy = Policy("networkPolicy: { enabled: true, storesFrom: [{ namespaceSelector: { matchLabels: { a: keda } } }] }", "redis");

        policy.At("spec.egress").Should().BeNull();
        policy.At("spec.ingress[0].ports").ShouldBe("[{ port: 6379, protocol: TCP }]");
        policy.At("spec.ingress[0].from[0].podSelector.matchExpressions[0].values").ShouldBe("[worker, beat, migrate, test]");
        policy.At("spec.ingress[0].from[1]").ShouldBe("namespaceSelector: { matchLabels: { a: keda } }");
    }

    private static Manifest Policy(string values, string component) => Chart.Render(values).Single("NetworkPolicy", component: component);
}
