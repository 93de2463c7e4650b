using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Kinds;

/// <summary>One list, one entry of a name: what is given twice, or is there already, is merged or refused.</summary>
public sealed class DuplicateTests
{
    /// <summary>For each list two entries of one key that say different things.</summary>
    private static readonly IReadOnlyDictionary<string, (string First, string Second)> Pairs = new Dictionary<string, (string, string)>
    {
        ["extraEnv"] = ("{ name: MODE, value: '1' }", "{ name: MODE, value: '2' }"),
        ["extraEnvFrom"] = ("{ configMapRef: { name: a } }", "{ configMapRef: { name: a } }"),
        ["extraVolumes"] = ("{ name: cache, emptyDir: {} }", "{ name: cache, emptyDir: { medium: Memory } }"),
        ["extraVolumeMounts"] = ("{ name: cache, mountPath: /cache }", "{ name: cache, mountPath: /cache/ }"),
        ["initContainers"] = ("{ name: side, image: a }", "{ name: side, image: b }"),
        ["extraContainers"] = ("{ name: side, image: a }", "{ name: side, image: b }"),
        ["hostAliases"] = ("{ ip: 10.0.0.1, hostnames: [a] }", "{ ip: 10.0.0.1, hostnames: [b] }"),
        ["topologySpreadConstraints"] = (
            "{ topologyKey: zone, maxSkew: 1, whenUnsatisfiable: DoNotSchedule }", "{ topologyKey: zone, maxSkew: 2, whenUnsatisfiable: DoNotSchedule }"),
        ["dnsConfig.options"] = ("{ name: ndots, value: '1' }", "{ name: ndots, value: '2' }"),
        ["podSecurityContext.sysctls"] = ("{ name: net.core.somaxconn, value: '1' }", "{ name: net.core.somaxconn, value: '2' }"),
    };

    public static TheoryData<string> Cases => CiCases.All;

    public static TheoryData<string, string> Lists
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (component, list) in All)
            {
                data.Add(component, list);
            }

            return data;
        }
    }

    private static IEnumerable<(string Component, string List)> All =>
        from component in Components.All
        from list in Pairs.Keys
        where Components.Has(component, list.Split('.')[0])
        select (component, list);

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_list_of_a_case_has_two_entries_of_one_key(string file) => Duplicates.In(CiCases.Render(file)).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Lists))]
    public void What_a_component_gives_twice_is_merged_or_refused(string component, string list)
    {
        Prepared(Twice);
        ShouldBeOne(Twice(component, list));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public void What_is_given_at_the_top_and_in_a_component_is_merged_or_refused(string component, string list)
    {
        Prepared(AtBoth);
        ShouldBeOne(AtBoth(component, list));
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    public void The_value_of_a_component_wins_over_that_of_all_pods(string component)
    {
        var values = Given($"{component}.extraEnv", ["{ name: MODE, value: '2' }"], Given("extraEnv", "{ name: MODE, value: '1' }"));
        var manifests = Chart.Render(values.ToJsonString());

        Components.Pod(manifests, component).Env("MODE").Should().Be("2");
        Components.Pod(manifests, component == "beat" ? "worker" : "beat").Env("MODE").Should().Be("1");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    [InlineData("migrate")]
    [InlineData("test")]
    public void A_volume_a_mount_or_a_container_of_the_user_does_not_meet_one_of_the_chart(string component)
    {
        // With its own token, authorities and schedules, so that all volumes of the chart are there.
        var values = Yaml.Parse("""
            { redis: { enabled: false }, postgresql: { enabled: false }, queues: [a], worker: { podDeletionCost: true },
              broker: { host: r, tls: { enabled: true, caSecret: { name: c } }, existingSecret: { name: s } },
              database: { host: p, sslmode: verify-full, tls: { caSecret: { name: c } }, existingSecret: { name: s } },
              beat: { schedules: { a: { every: 1h, task: t, queue: a } } } }
            """)!.AsObject();
        var pod = Components.Pod(Chart.Render(values.ToJsonString()), component);
        var mounts = pod.Container["volumeMounts"]!.AsArray();

        foreach (var name in pod.PodSpec["volumes"]!.AsArray().Select(volume => $"{volume!["name"]}"))
        {
            ShouldBeOne(Given($"{component}.extraVolumes", [$"{{ name: {name}, emptyDir: {{}} }}"], values.DeepClone().AsObject()));
        }

        foreach (var path in mounts.Select(mount => $"{mount!["mountPath"]}"))
        {
            var both = Given($"{component}.extraVolumes", ["{ name: own, emptyDir: {} }"], values.DeepClone().AsObject());
            ShouldBeOne(Given($"{component}.extraVolumeMounts", [$"{{ name: own, mountPath: {path} }}"], both));
        }

        foreach (var list in new[] { "extraContainers", "initContainers" })
        {
            ShouldBeOne(Given($"{component}.{list}", [$"{{ name: {pod.Container["name"]}, image: a }}"], values.DeepClone().AsObject()));
        }
    }

    [Fact]
    public void A_container_of_the_user_has_each_variable_port_and_path_once() =>
        ShouldBeOne(Given("extraContainers", """
            { name: side, image: a, env: [{ name: A, value: '1' }, { name: A, value: '2' }],
              ports: [{ name: p, containerPort: 1 }, { name: p, containerPort: 2 }],
              volumeMounts: [{ name: tmp, mountPath: /a }, { name: tmp, mountPath: /a }] }
            """));

    [Fact]
    public void A_sidecar_that_starts_first_does_not_have_the_name_of_one_that_starts_last() =>
        ShouldBeOne(Given(
            "worker.extraContainers", ["{ name: side, image: a }"], Given("initContainers", "{ name: side, image: b, restartPolicy: Always }")));

    [Fact]
    public void A_pull_secret_that_is_global_too_is_there_once() =>
        ShouldBeOne(Yaml.Parse("{ global: { imagePullSecrets: [a, { name: b }] }, imagePullSecrets: [{ name: a }, b, b] }")!.AsObject());

    private static JsonObject Given(string path, params string[] entries) => Given(path, entries, []);

    private static JsonObject Given(string path, string[] entries, JsonObject over) =>
        Components.Values(path, new JsonArray([.. entries.Select(entry => Yaml.Parse(entry))]), over);

    private static JsonObject Twice(string component, string list) => Mounted(Given($"{component}.{list}", Pairs[list].First, Pairs[list].Second));

    private static JsonObject AtBoth(string component, string list) =>
        Mounted(Given($"{component}.{list}", [Pairs[list].Second], Given(list, Pairs[list].First)));

    /// <summary>A mount needs its volume.</summary>
    private static JsonObject Mounted(JsonObject values)
    {
        if (values.ToJsonString().Contains("extraVolumeMounts", StringComparison.Ordinal))
        {
            values["extraVolumes"] = Yaml.Parse("[{ name: cache, emptyDir: {} }]");
        }

        return values;
    }

    private static void Prepared(Func<string, string, JsonObject> values) =>
        Chart.Prepare(All.Select(item => values(item.Component, item.List).ToJsonString()));

    private static void ShouldBeOne(JsonObject values)
    {
        if (Verdict.Of(values.ToJsonString()) is { } manifests)
        {
            Duplicates.In(manifests).Should().BeEmpty("these values are taken: {0}", values.ToJsonString());
        }
    }
}
