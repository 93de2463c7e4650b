using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Server-side apply, as Helm 4, Flux and Argo CD do it, refuses a list with two entries of one name.</summary>
public sealed class UniqueNameTests
{
    private const string Twice = """
        imagePullSecrets: [pull, { name: pull }, "{{ print `pull` }}"]
        global: { imagePullSecrets: [pull] }
        extraEnv: [{ name: MODE, value: all }, { name: "{{ print `MODE` }}", value: templated }, { name: OTEL_SERVICE_NAME, value: mine }]
        extraEnvFrom: [{ secretRef: { name: s } }, { secretRef: { name: s } }]
        extraVolumes: [{ name: cache, emptyDir: { sizeLimit: 1Mi } }, { name: data, emptyDir: { sizeLimit: 1Mi } }]
        extraVolumeMounts: [{ name: cache, mountPath: /c }, { name: data, mountPath: /data/ }, { name: cache, mountPath: /data }]
        initContainers: [{ name: before, image: a }, { name: before, image: b, env: [{ name: A, value: a }, { name: A, value: b }] }]
        extraContainers: [{ name: beside, image: a }, { name: beside, image: b, ports: [{ name: p, containerPort: 1 }, { name: p, containerPort: 2 }] }]
        config: { otlp: { endpoint: "http://otel:4317" } }
        worker: { extraEnv: [{ name: MODE, value: worker }], extraVolumes: [{ name: cache, emptyDir: { sizeLimit: 2Mi } }] }
        beat: { extraVolumes: [{ name: cache, emptyDir: { medium: Memory } }], extraContainers: [{ name: beside, image: c }] }
        migrate: { initContainers: [{ name: before, image: c }] }
        test: { extraVolumeMounts: [{ name: data, mountPath: /c }] }
        """;

    private static readonly string[] Keys = ["name", "mountPath", "ip", "devicePath"];

    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_list_of_a_case_holds_two_entries_of_one_name(string file) => Twins(CiCases.Render(file)).Should().BeEmpty();

    [Fact]
    public void No_list_holds_two_entries_of_one_name_although_the_values_do() => Twins(Chart.Render(Twice)).Should().BeEmpty();

    [Fact]
    public void The_last_entry_of_a_name_wins_and_the_component_s_stands_after_that_for_all()
    {
        var manifests = Chart.Render(Twice);
        var worker = manifests.Single("Deployment", component: "worker");
        var beat = manifests.Single("Deployment", component: "beat");

        worker.Env("MODE").Should().Be("worker");
        beat.Env("MODE").Should().Be("templated");
        worker.Env("OTEL_SERVICE_NAME").Should().Be("mine");
        Named(worker.PodSpec["volumes"], "cache").At("emptyDir.sizeLimit").ShouldBe("2Mi");
        Named(beat.PodSpec["volumes"], "cache").At("emptyDir").ShouldBe("medium: Memory");
        Named(beat.PodSpec["containers"], "beside").At("image").ShouldBe("c");
        Named(worker.PodSpec["containers"], "beside").At("ports").ShouldBe("[{ name: p, containerPort: 2 }]");
        Named(worker.PodSpec["initContainers"], "before").At("env").ShouldBe("[{ name: A, value: b }]");
        manifests.Single("Job").PodSpec.At("initContainers[0].image").ShouldBe("c");
        worker.Container["volumeMounts"]!.AsArray().Single(mount => mount!["mountPath"]!.ToString().TrimEnd('/') == "/data")!["name"].ShouldBe("cache");
        worker.PodSpec["imagePullSecrets"].ShouldBe("[{ name: pull }]");
    }

    [Theory]
    [InlineData("extraVolumes: [{ name: tmp, emptyDir: {} }]", 4, "extraVolumes has \"tmp\", which the pod has already: take another name.")]
    [InlineData("extraVolumes: [{ name: secrets, emptyDir: {} }]", 4, "extraVolumes has \"secrets\", which the pod has already")]
    [InlineData("worker: { extraVolumes: [{ name: \"{{ print `tmp` }}\", emptyDir: {} }] }", 1, "extraVolumes has \"tmp\", which the pod has already")]
    [InlineData("beat: { extraVolumes: [{ name: schedules, emptyDir: {} }] }", 1, "extraVolumes has \"schedules\", which the pod has already")]
    [InlineData("worker: { podDeletionCost: true, extraVolumes: [{ name: api, emptyDir: {} }] }", 1, "extraVolumes has \"api\", which the pod has already")]
    [InlineData("extraVolumeMounts: [{ name: tmp, mountPath: /tmp/ }]", 4, "extraVolumeMounts has \"/tmp/\", which the pod has already: take another path.")]
    [InlineData("worker: { podDeletionCost: true, extraVolumeMounts: [{ name: tmp, mountPath: /var/run/secrets/kubernetes.io/serviceaccount }] }", 1, "extraVolumeMounts has \"/var/run/secrets/kubernetes.io/serviceaccount\", which the pod has already")]
    [InlineData("extraContainers: [{ name: worker, image: a }]", 1, "extraContainers has \"worker\", which the pod has already: take another name.")]
    [InlineData("initContainers: [{ name: a, image: a }]\nextraContainers: [{ name: a, image: a }]", 2, "initContainers has \"a\", which the pod has already: take another name.")]
    [InlineData("test: { initContainers: [{ name: doctor, image: a }] }", 1, "initContainers has \"doctor\", which the pod has already")]
    [InlineData("hostAliases: [{ ip: 10.0.0.1, hostnames: [a] }, { ip: 10.0.0.1, hostnames: [b] }]", 6, "hostAliases has 10.0.0.1 twice: make one entry of them.")]
    [InlineData("redis: { dnsConfig: { options: [{ name: ndots, value: '1' }, { name: ndots, value: '2' }] } }", 1, "redis: dnsConfig.options has ndots twice")]
    [InlineData("migrate: { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: z, whenUnsatisfiable: DoNotSchedule }, { maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule }] }", 1, "migrate: topologySpreadConstraints has z (DoNotSchedule) twice")]
    public void A_name_that_the_chart_has_and_one_that_cannot_be_merged_are_refused_for_each_pod(string values, int pods, string sentence)
    {
        var refusal = Chart.Refusal(values);

        refusal.Should().Contain(sentence);
        refusal.Split("\n- ").Should().HaveCount(pods + 1);
    }

    [Theory]
    [InlineData("extraVolumes: [{ name: schedules, emptyDir: {} }]\nextraVolumeMounts: [{ name: schedules, mountPath: /s }]\nbeat: { enabled: false }")]
    [InlineData("worker: { extraVolumes: [{ name: api, emptyDir: {} }], extraVolumeMounts: [{ name: api, mountPath: /var/run/secrets/kubernetes.io/serviceaccount }] }")]
    [InlineData("migrate: { extraContainers: [{ name: worker, image: a }] }")]
    public void A_name_that_the_chart_does_not_use_there_is_taken(string values) => Twins(Chart.Render(values)).Should().BeEmpty();

    private static IEnumerable<string> Twins(Manifests manifests) =>
        from manifest in manifests
        from item in manifest.Content.Walk()
        where item.Node is JsonArray && item.Path.StartsWith(".spec", StringComparison.Ordinal)
        from key in Keys
        let names = item.Node!.AsArray().OfType<JsonObject>().Where(entry => Tells(entry, key)).Select(entry => entry[key]!.ToString().TrimEnd('/')).ToList()
        where names.Count != names.Distinct().Count()
        select $"{manifest} {item.Path}: {string.Join(", ", names)}";

    /// <summary>A mount is told by its path, a source of KEDA by its parameter: one volume, or one Secret, may be there twice.</summary>
    private static bool Tells(JsonObject entry, string key) => entry.ContainsKey(key) && !(key == "name" && (entry.ContainsKey("mountPath") || entry.ContainsKey("devicePath") || entry.ContainsKey("parameter")));

    private static JsonNode? Named(JsonNode? list, string name) => list!.AsArray().Single(entry => (string?)entry!["name"] == name);
}
