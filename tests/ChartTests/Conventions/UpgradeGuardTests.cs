using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The guard asks the cluster; here a copy of the chart answers for it: a release with a Redis of 2Gi under its default name.</summary>
public sealed class UpgradeGuardTests
{
    private const string Question = """(lookup "apps/v1" "StatefulSet" (include "taskrunner.namespace" .) "").items""";

    private const string Answer = """
        (list
          (dict "metadata" (dict "name" "demo-taskrunner-redis" "labels" (include "answer.labels" "redis" | fromYaml))
                "spec" (dict "volumeClaimTemplates" (list (include "answer.claim" "redis" | fromYaml))))
          (dict "metadata" (dict "name" "demo-taskrunner-postgresql" "labels" (include "answer.labels" "postgresql" | fromYaml))
                "spec" (include "answer.database" . | fromYaml)))
        """;

    private const string Definitions = """

        {{- define "answer.labels" -}}
        {app.kubernetes.io/component: {{ . }}, app.kubernetes.io/instance: demo, helm.sh/chart: taskrunner-0.0.9}
        {{- end }}
        {{- define "answer.claim" -}}
        metadata: {name: data, labels: {app.kubernetes.io/component: {{ . }}, app.kubernetes.io/instance: demo, app.kubernetes.io/name: taskrunner}}
        spec: {accessModes: [ReadWriteOnce], volumeMode: Filesystem, resources: {requests: {storage: {{ eq . "redis" | ternary "2Gi" "4Gi" }}}}}
        {{- end }}
        {{- define "answer.database" -}}
        volumeClaimTemplates:
          - {{- include "answer.claim" "postgresql" | nindent 4 }}
        template: {spec: {containers: [{env: [{name: POSTGRES_USER, value: taskrunner}, {name: POSTGRES_DB, value: taskrunner}]}]}}
        {{- end }}
        """;

    /// <summary>Of each test its own, so that a chart with a mistake in it is copied too.</summary>
    private readonly Lazy<string> copy = new(() => ChartCopy.Make(Repository.Chart, folder =>
    {
        var file = Path.Combine(folder, "templates", "_upgrade.tpl");
        var text = File.ReadAllText(file);
        text.Should().Contain(Question);
        File.WriteAllText(file, text.Replace(Question, Answer, StringComparison.Ordinal) + Definitions);
    }));

    [Theory]
    [InlineData("fullnameOverride: other", "The data of demo-taskrunner-redis would be left behind by other-redis: set fullnameOverride to \"demo-taskrunner\", or set upgradeGuard to false when that data may go.")]
    [InlineData("redis: { enabled: false }\nbroker: { host: r }", "redis.enabled is false, but this release keeps data in demo-taskrunner-redis: set it to true")]
    [InlineData("redis: { persistence: { size: 9Gi } }", "redis.persistence.size is 9Gi, but the claim of demo-taskrunner-redis has 2Gi")]
    [InlineData("redis: { persistence: { storageClass: fast } }", "redis.persistence.storageClass is fast, but the claim of demo-taskrunner-redis has  and a StatefulSet cannot change it")]
    [InlineData("global: { storageClass: fast }", "postgresql.persistence.storageClass is fast, but the claim of demo-taskrunner-postgresql")]
    [InlineData("redis: { persistence: { accessModes: [ReadWriteMany] } }", "redis.persistence.accessModes is [\"ReadWriteMany\"], but the claim of demo-taskrunner-redis has [\"ReadWriteOnce\"]")]
    [InlineData("redis: { persistence: { labels: { a: b } } }", "redis.persistence.labels is {\"a\":\"b\",")]
    [InlineData("redis: { persistence: { annotations: { a: b } } }", "redis.persistence.annotations is {\"a\":\"b\"}, but the claim of demo-taskrunner-redis has {}")]
    [InlineData("redis: { persistence: { enabled: false } }", "redis.persistence.enabled or existingClaim changes whether demo-taskrunner-redis makes its own claim")]
    [InlineData("postgresql: { persistence: { existingClaim: c } }", "postgresql.persistence.enabled or existingClaim changes whether demo-taskrunner-postgresql makes its own claim")]
    [InlineData("database: { username: other }", "database.username is other, but the files of demo-taskrunner-postgresql were made for taskrunner")]
    [InlineData("database: { name: other }", "database.name is other, but the files of demo-taskrunner-postgresql were made for taskrunner")]
    public void An_upgrade_that_leaves_data_behind_is_refused_with_the_fix(string values, string sentence)
    {
        var upgrade = () => Render(values, upgrade: true);

        upgrade.Should().Throw<HelmException>().Which.Output.Should().Contain($"- {sentence}");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("redis: { persistence: { size: 2048Mi } }", true)]
    [InlineData("fullnameOverride: other", false)]
    [InlineData("{ fullnameOverride: other, upgradeGuard: false }", true)]
    public void Everything_else_is_let_through(string values, bool upgrade) => Render(values, upgrade).Should().Contain("kind: StatefulSet");

    [Theory]
    [InlineData("taskrunner-blue-0.0.9")]
    [InlineData("redis-18.1.2")]
    public void A_store_of_another_chart_of_the_release_is_not_ours(string chart)
    {
        var other = ChartCopy.Make(copy.Value, folder =>
        {
            var file = Path.Combine(folder, "templates", "_upgrade.tpl");
            File.WriteAllText(file, File.ReadAllText(file).Replace("taskrunner-0.0.9", chart, StringComparison.Ordinal));
        });

        Chart.RenderText("fullnameOverride: other", new RenderOptions(IsUpgrade: true), other).Should().Contain("kind: StatefulSet");
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("redis://demo-taskrunner-redis:6379/0", true)]
    [InlineData("redis://other:6379/0", false)]
    public void StatefulSets_are_looked_for_only_where_the_release_has_or_had_bundled_stores(string broker, bool asked)
    {
        const string before = """get (lookup "v1" "ConfigMap" (include "taskrunner.namespace" .) (include "taskrunner.named" (list . "config"))) "data" | default dict""";
        var forbidden = ChartCopy.Make(copy.Value, folder =>
        {
            var file = Path.Combine(folder, "templates", "_upgrade.tpl");
            var text = File.ReadAllText(file);
            text.Should().Contain(before);
            File.WriteAllText(file, text.Replace(before, $"dict \"TASKRUNNER_BROKER_URL\" \"{broker}\"", StringComparison.Ordinal).Replace(Answer, "(fail \"statefulsets is forbidden\")", StringComparison.Ordinal));
        });
        var upgrade = () => Chart.RenderText("{ redis: { enabled: false }, postgresql: { enabled: false }, broker: { host: r }, database: { host: p } }", new RenderOptions(IsUpgrade: true, IsBare: true), forbidden);

        if (asked)
        {
            upgrade.Should().Throw<HelmException>().Which.Output.Should().Contain("statefulsets is forbidden");
        }
        else
        {
            upgrade().Should().Contain("kind: Deployment");
        }
    }

    private string Render(string values, bool upgrade) => Chart.RenderText(values, new RenderOptions(IsUpgrade: upgrade), copy.Value);
}
