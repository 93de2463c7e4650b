using ChartTests.Generated;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace ChartTests.Kinds;

/// <summary>
/// What the API server refuses in every pod, the chart refuses first, wherever it is given, also when a template makes it.
/// </summary>
public sealed class ImpossiblePodTests(ITestOutputHelper log)
{
    private static readonly RenderOptions Newest = new(KubeVersion: "1.36.0");

    private static readonly ValuesSchema Schema = ValuesSchema.Read();

    /// <summary>A third of them, another one each day.</summary>
    private readonly (string Key, string Value)[] impossible =
        DailySample.Of(ImpossiblePods.All, ImpossiblePods.All.Count / 3, "chart", log);

    [Fact]
    public void What_no_API_server_takes_is_refused_wherever_it_is_given()
    {
        Chart.Prepare(impossible.SelectMany(Everywhere), Newest);
        var alone = impossible.SelectMany(sample => AtTheTop(sample).Concat(NotNamed(sample))).ToList();
        Chart.Prepare(alone, Newest);

        alone.Where(values => Verdict.Of(new RenderRequest(values, Newest)) is not null).Should().BeEmpty();
    }

    [Fact]
    public void What_the_API_server_takes_is_taken_wherever_it_is_given()
    {
        var all = Possible.SelectMany(Everywhere).ToList();
        Chart.Prepare(all, Newest);

        all.Where(values => Verdict.Of(new RenderRequest(values, Newest)) is null).Should().BeEmpty();
    }

    [Theory]
    [InlineData("worker: { lifecycle: { preStop: { exec: null } } }")]
    [InlineData("worker: { lifecycle: { preStop: {}, postStart: null } }")]
    [InlineData("beat: { lifecycle: { postStart: {} } }")]
    public void A_hook_without_a_handler_is_none(string values) =>
        Chart.Render(values).Workloads.Should().OnlyContain(workload => workload.Container["lifecycle"] == null);

    [Theory]
    [InlineData("1.25.0", false)]
    [InlineData("1.26.0", true)]
    public void Longer_lists_of_search_domains_are_for_those_who_know_them(string kubernetes, bool taken)
    {
        var options = new RenderOptions(KubeVersion: kubernetes);

        (Verdict.Of(new RenderRequest("dnsConfig: { searches: [a, b, c, d, e, f, g] }", options)) is not null).Should().Be(taken);
        Verdict.Of(new RenderRequest("dnsConfig: { searches: [a, b, c, d, e, f] }", options)).Should().NotBeNull();
    }

    [Fact]
    public void A_pod_may_drop_the_profile_that_all_others_have()
    {
        var manifests = Chart.Render("""
            podSecurityContext: { seccompProfile: { type: Localhost, localhostProfile: a/b.json } }
            worker: { podSecurityContext: { seccompProfile: { type: RuntimeDefault, localhostProfile: none } } }
            """);

        Components.Pod(manifests, "worker").PodSpec.At("securityContext.seccompProfile").ShouldBe("{ type: RuntimeDefault }");
        Components.Pod(manifests, "beat").PodSpec.At("securityContext.seccompProfile").ShouldBe("{ type: Localhost, localhostProfile: a/b.json }");
    }

    private static IReadOnlyList<(string Key, string Value)> Possible { get; } =
    [
        ("podLabels", "{ a.example/B_c: '', '{{ .Release.Name }}': '{{ .Release.Name }}' }"),
        ("podAnnotations", "{ A.example/b: 'a b', '{{ .Release.Name }}': '{{ .Release.Name }} b' }"),
        ("tolerations", "[{ operator: Exists }, { key: a, effect: NoExecute, tolerationSeconds: 0 }, { key: '{{ .Release.Name }}' }]"),
        ("topologySpreadConstraints", "[{ maxSkew: 1, minDomains: 2, topologyKey: a.example/zone, whenUnsatisfiable: DoNotSchedule }]"),
        ("priorityClassName", "'{{ .Release.Name }}-high.a'"),
        ("hostAliases", "[{ ip: '::1', hostnames: [a.example] }]"),
        ("hostAliases", "[{ ip: '2001:db8::7', hostnames: ['{{ .Release.Name }}.a'] }, { ip: '{{ print `10.0.0.1` }}', hostnames: [b] }]"),
        ("dnsConfig", "{ nameservers: [10.0.0.1, 'fd00::10'], searches: [a.example, b.example.], options: [{ name: ndots, value: '1' }] }"),
        ("podSecurityContext", "{ sysctls: [{ name: net.core.somaxconn, value: '1' }, { name: net/eth0.a_b, value: '1' }] }"),
        ("podSecurityContext", "{ seccompProfile: { type: Localhost, localhostProfile: 'a/..b/{{ .Release.Name }}.json' } }"),
        ("securityContext", "{ privileged: true, allowPrivilegeEscalation: none, procMount: Unmasked, capabilities: { add: [SYS_TIME] } }"),
        ("extraEnv", "[{ name: a.b-C_1, value: '' }, { name: B, value: '', valueFrom: { fieldRef: { fieldPath: metadata.name } } }]"),
        ("extraEnvFrom", "[{ secretRef: { name: a.b, optional: true } }, { prefix: A_, configMapRef: { name: '{{ .Release.Name }}' } }]"),
        ("extraVolumeMounts", "[{ name: tmp, mountPath: /a, subPath: a/b, readOnly: true, mountPropagation: HostToContainer }]"),
        ("lifecycle", "{ postStart: { exec: { command: [a] } }, preStop: { sleep: { seconds: 3 } } }"),
        ("lifecycle", "{ postStart: { tcpSocket: { port: 80 } }, preStop: { httpGet: { port: http, httpHeaders: [{ name: X-a, value: b }] } } }"),
        ("startupProbe", "{ successThreshold: 1, grpc: { port: 80 } }"),
        ("readinessProbe", "{ successThreshold: 3, exec: { command: [a] } }"),
        ("resources", "{ limits: { nvidia.com/gpu: 1, cpu: 1.5 }, requests: { nvidia.com/gpu: 1 } }"),
    ];

    /// <summary>
    /// A sample is in many components at once, and the refusal says in which. Values with it in one component that the refusal does not
    /// name: they are asked alone.
    /// </summary>
    private static IEnumerable<string> NotNamed((string Key, string Value) sample) =>
        from components in Components.Groups(sample.Key)
        let refusal = Verdict.Refusal(new RenderRequest(In(components, sample), Newest)) ?? string.Empty
        from component in components
        where !Verdict.Names(refusal, $"{component}.{sample.Key}")
        select In([component], sample);

    /// <summary>Values with a sample at the top, and in the components.</summary>
    private static IEnumerable<string> Everywhere((string Key, string Value) sample) =>
        AtTheTop(sample).Concat(Components.Groups(sample.Key).Select(components => In(components, sample)));

    /// <summary>Values with a sample at the top; none where the key means something else there.</summary>
    private static IEnumerable<string> AtTheTop((string Key, string Value) sample) =>
        Schema.Paths.Contains(sample.Key) && sample.Key != "serviceAccount"
        ? [Components.Values(sample.Key, Yaml.Parse(sample.Value)).ToJsonString()]
        : [];

    private static string In(IEnumerable<string> components, (string Key, string Value) sample) =>
        Components.Values(components, sample.Key, Yaml.Parse(sample.Value)).ToJsonString();
}
