using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Upgrade;

public sealed class UpgradeGateTests
{
    private const string Right = """
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: store }
        spec:
          serviceName: store
          selector: { matchLabels: { app: store } }
          volumeClaimTemplates: [{ metadata: { name: data }, spec: { storageClassName: fast } }]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: scaled }
        spec: { selector: { matchLabels: { app: scaled } } }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: once }
        spec: { template: { spec: { containers: [] } } }
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: keys }
        data: { password: YQ== }
        """;

    /// <summary>The values of every case that the released chart knows, and sets of values that people of the released chart have.</summary>
    public static TheoryData<string> Cases =>
    [
        .. CiCases.Names,
        "worker: { replicas: 5, podDisruptionBudget: { minAvailable: 2 } }",
        "fullnameOverride: jobs",
        "nameOverride: jobs",
        "workers: { default: { queues: [default, backups, pricing, reports] }, slow: { queues: [notifications, accounting, monitoring, webhooks] } }",
        "beat: { enabled: false }\nmigrate: { enabled: false }",
        "redis: { persistence: { size: 5Gi, storageClass: fast } }\npostgresql: { persistence: { enabled: false } }",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_upgrade_from_the_released_chart_breaks_nothing(string values)
    {
        var isCase = values.EndsWith("-values.yaml", StringComparison.Ordinal);
        var request = isCase ? new RenderRequest(string.Empty, new(CiCase: values)) : new RenderRequest(values, new());
        var before = ReleasedChart.TryRender(request);

        var after = Chart.Render(request with { Options = request.Options with { IsUpgrade = true } });

        UpgradeGate.Breaks(before ?? after, after).Should().BeEmpty();
    }

    [Fact]
    public void The_released_chart_renders_cases_of_today() =>
        CiCases.Names.Count(name => ReleasedChart.TryRender(new(string.Empty, new(CiCase: name))) is not null).Should().BeGreaterThanOrEqualTo(5);

    [Fact]
    public void The_longest_names_stay_the_same_too()
    {
        var request = new RenderRequest(
            "workers: { a-pool-with-a-rather-long-name: {} }", new(Release: "a-release-whose-name-is-as-long-as-helm-will-allow-it"));

        UpgradeGate.Breaks(ReleasedChart.TryRender(request)!, Chart.Render(request)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("app: store", "app: stores", "StatefulSet/store changes spec.selector")]
    [InlineData("serviceName: store", "serviceName: other", "StatefulSet/store changes spec.serviceName")]
    [InlineData("storageClassName: fast", "storageClassName: slow", "StatefulSet/store changes spec.volumeClaimTemplates")]
    [InlineData("name: store }", "name: storage }", "StatefulSet/store is gone")]
    [InlineData("app: scaled }", "app: scaling }", "Deployment/scaled changes spec.selector")]
    [InlineData("spec: { selector: { matchLabels: { app: scaled", "spec: { replicas: 2, selector: { matchLabels: { app: scaled", "Deployment/scaled owns spec.replicas")]
    [InlineData("containers: []", "containers: [{ name: a }]", "Job/once changes spec.template")]
    [InlineData("password: YQ==", "passphrase: YQ==", "Secret/keys loses the key password")]
    public void What_breaks_an_upgrade_is_found(string text, string replacement, string found) =>
        UpgradeGate.Breaks(new Manifests(Right), new Manifests(Right.Replace(text, replacement, StringComparison.Ordinal)))
            .Should().Contain(line => line.StartsWith(found, StringComparison.Ordinal));

    [Theory]
    [InlineData("name: once", "name: twice")]
    [InlineData("password: YQ==", "password: YQ==, more: YQ==")]
    public void What_breaks_none_is_let_through(string text, string replacement) =>
        UpgradeGate.Breaks(new Manifests(Right), new Manifests(Right.Replace(text, replacement, StringComparison.Ordinal))).Should().BeEmpty();
}
