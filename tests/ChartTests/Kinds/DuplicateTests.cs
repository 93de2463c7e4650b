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

    public static TheoryData<string> Lists => [.. Pairs.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_list_of_a_case_has_two_entries_of_one_key(string file) => Duplicates.In(CiCases.Render(file)).Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Lists))]
    public void What_a_component_gives_twice_is_merged_or_refused(string list) => ShouldBeOneInEach(list, Twice);

    [Theory]
    [MemberData(nameof(Lists))]
    public void What_is_given_at_the_top_and_in_a_component_is_merged_or_refused(string list) => ShouldBeOneInEach(list, AtBoth);

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

        var volumes = from volume in pod.PodSpec["volumes"]!.AsArray()
                      select Over("extraVolumes", $"{{ name: {volume!["name"]}, emptyDir: {{}} }}");
        var paths = from mount in mounts
                    let own = Over("extraVolumes", "{ name: own, emptyDir: {} }")
                    select Given($"{component}.extraVolumeMounts", [$"{{ name: own, mountPath: {mount!["mountPath"]} }}"], own);
        var containers = from list in new[] { "extraContainers", "initContainers" }
                         select Over(list, $"{{ name: {pod.Container["name"]}, image: a }}");

        ShouldEachBeOne([.. volumes, .. paths, .. containers]);

        JsonObject Over(string list, string entry) => Given($"{component}.{list}", [entry], values.DeepClone().AsObject());
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

    private static JsonObject Twice(IEnumerable<string> components, string list) =>
        In(components, list, [Pairs[list].First, Pairs[list].Second], []);

    private static JsonObject AtBoth(IEnumerable<string> components, string list) =>
        In(components, list, [Pairs[list].Second], Given(list, Pairs[list].First));

    private static JsonObject In(IEnumerable<string> components, string list, string[] entries, JsonObject over) =>
        Mounted(components.Aggregate(over, (values, component) => Given($"{component}.{list}", entries, values)));

    /// <summary>A mount needs its volume.</summary>
    private static JsonObject Mounted(JsonObject values)
    {
        if (values.ToJsonString().Contains("extraVolumeMounts", StringComparison.Ordinal))
        {
            values["extraVolumes"] = Yaml.Parse("[{ name: cache, emptyDir: {} }]");
        }

        return values;
    }

    /// <summary>In all components at once; where that is refused, in each alone.</summary>
    private static void ShouldBeOneInEach(string list, Func<IEnumerable<string>, string, JsonObject> values)
    {
        var together = Components.Groups(list.Split('.')[0]);
        Chart.Prepare(together.Select(components => values(components, list).ToJsonString()));

        foreach (var components in together)
        {
            var refused = Verdict.Of(values(components, list).ToJsonString()) is null;
            var given = refused ? components.Select(component => values([component], list)).ToList() : [values(components, list)];
            ShouldEachBeOne(given);
        }
    }

    private static void ShouldEachBeOne(IReadOnlyList<JsonObject> given)
    {
        Chart.Prepare(given.Select(values => values.ToJsonString()));
        Assert.All(given, ShouldBeOne);
    }

    private static void ShouldBeOne(JsonObject values)
    {
        if (Verdict.Of(values.ToJsonString()) is { } manifests)
        {
            Duplicates.In(manifests).Should().BeEmpty("these values are taken: {0}", values.ToJsonString());
        }
    }
}
