namespace ChartTests.Kinds;

/// <summary>Values with which the API server refuses every pod, by the key that a component and the top share.</summary>
internal static class ImpossiblePods
{
    private const string Long = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public static IReadOnlyList<(string Key, string Value)> All { get; } =
    [
        .. Of(
            "podLabels",
            "{ 'a b': a }", "{ a: 'a b' }", "{ a/b/c: a }", $"{{ a: {Long} }}", "{ a: '-' }", "{ '{{ print 1 }} 2': a }",
            "{ a: '{{ print 1 }} 2' }"),
        .. Of("podAnnotations", "{ 'a b': a }", "{ a/b/c: a }", "{ '{{ print 1 }} 2': a }"),
        .. Of("nodeSelector", "{ 'a b': a }", "{ a: 'a b' }"),
        .. Of(
            "tolerations",
            "[{}]", "[{ key: '' }]", "[{ key: a, operator: Exists, value: b }]", "[{ key: 'a: b', operator: Exists }]",
            "[{ key: a, value: 'a b' }]",
            "[{ key: a, effect: NoSchedule, tolerationSeconds: 3 }]", "[{ key: a, tolerationSeconds: 3 }]",
            "[{ key: '{{ print }}', value: b }]"),
        .. Of(
            "topologySpreadConstraints",
            "[{ maxSkew: 1, topologyKey: '', whenUnsatisfiable: DoNotSchedule }]",
            "[{ maxSkew: 1, minDomains: 2, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }]"),
        .. Of("priorityClassName", "A_b.C", "a b", "'-'", "'{{ print `A` }}'"),
        .. Of("runtimeClassName", "A_b.C", "a b", "'-'", "'{{ print `A` }}'"),
        .. Of("serviceAccount", "{ name: A_b.C }", "{ name: '{{ print `A` }}' }"),
        .. Of(
            "hostAliases",
            "[{ ip: demo, hostnames: [a] }]", "[{ ip: 10.0.0.256, hostnames: [a] }]", "[{ ip: '1:2:3', hostnames: [a] }]",
            "[{ ip: 10.0.0.1, hostnames: ['a b'] }]", "[{ ip: '{{ .Release.Name }}', hostnames: [a] }]"),
        .. Of("dnsPolicy", "None"),
        .. Of(
            "dnsConfig",
            "{ nameservers: [demo] }", "{ nameservers: [10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4] }", "{ searches: ['a b'] }",
            "{ options: [{ name: '' }] }",
            "{ nameservers: ['{{ .Release.Name }}'] }", "{ searches: ['{{ print }}'] }", "{ options: [{ name: '{{ print }}' }] }"),
        .. Of("resourceClaims", "[{ name: A_b, resourceClaimName: a }]", "[{ name: a, resourceClaimName: A_b }]"),
        .. Of("tmpSizeLimit", "1K", "1KB"),
        .. Of(
            "podSecurityContext",
            "{ runAsUser: 2147483648 }", "{ runAsGroup: 2147483648 }", "{ fsGroup: 2147483648 }", "{ supplementalGroups: [2147483648] }",
            "{ sysctls: [{ name: ' ', value: '1' }] }", "{ sysctls: [{ name: '{{ print }}', value: '1' }] }",
            "{ seccompProfile: { type: Localhost } }",
            "{ seccompProfile: { type: Unconfined, localhostProfile: a } }",
            "{ seccompProfile: { type: Localhost, localhostProfile: /a } }",
            "{ seccompProfile: { type: Localhost, localhostProfile: a/../b } }",
            "{ seccompProfile: { type: Localhost, localhostProfile: '/{{ print 1 }}' } }",
            "{ appArmorProfile: { type: Localhost } }"),
        .. Of(
            "securityContext",
            "{ runAsUser: 2147483648 }", "{ privileged: true }", "{ capabilities: { add: [CAP_SYS_ADMIN] } }", "{ procMount: other }",
            "{ seccompProfile: { type: Localhost } }"),
        .. Of(
            "extraEnv",
            "[{ name: '' }]", "[{ name: 1e3 }]", "[{ name: A, value: a, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]",
            "[{ name: A, valueFrom: {} }]", "[{ name: '{{ print }}' }]"),
        .. Of(
            "extraEnvFrom",
            "[{}]", "[{ prefix: A }]", "[{ secretRef: {} }]", "[{ secretRef: { name: a }, configMapRef: { name: b } }]",
            "[{ secretRef: { name: a }, prefix: 1e3 }]", "[{ secretRef: { name: '{{ print }}' } }]"),
        .. Of("extraVolumes", "[{ name: A_b, emptyDir: {} }]"),
        .. Of(
            "extraVolumeMounts",
            "[{ name: nowhere, mountPath: /a }]", "[{ name: tmp, mountPath: '' }]",
            "[{ name: tmp, mountPath: /a, mountPropagation: 'true' }]",
            "[{ name: tmp, mountPath: /a, mountPropagation: Bidirectional }]", "[{ name: tmp, mountPath: /a, subPath: a, subPathExpr: b }]",
            "[{ name: tmp, mountPath: /a, subPath: /a }]", "[{ name: tmp, mountPath: /a, subPath: ../a }]",
            "[{ name: '{{ print `nowhere` }}', mountPath: /a }]"),
        .. Of("initContainers", "[{ name: A_b, image: a }]"),
        .. Of("extraContainers", "[{ name: A_b, image: a }]"),
        .. Of(
            "lifecycle",
            "{ preStop: { exec: { command: [a] }, httpGet: { port: 1 } } }", "{ preStop: { exec: { command: [] } } }",
            "{ postStart: { httpGet: { path: /a } } }",
            "{ preStop: { httpGet: { port: 'a b' } } }", "{ preStop: { tcpSocket: { port: 65536 } } }"),
        .. Of(
            "resources",
            "{ limits: { memory: 1Mi }, requests: { memory: 1025Ki } }", "{ requests: { a.example/b: 1 } }",
            "{ limits: { a.example/b: 2 }, requests: { a.example/b: 1 } }", "{ limits: { 'a b': 1 } }"),
        .. Of("startupProbe", "{ successThreshold: 2 }", "{ exec: { command: [a] }, tcpSocket: { port: 1 } }", "{ httpGet: { path: /a } }"),
        .. Of("livenessProbe", "{ successThreshold: 2 }", "{ exec: { command: [a] }, tcpSocket: { port: 1 } }", "{ httpGet: { port: 0 } }"),
        .. Of(
            "readinessProbe",
            "{ terminationGracePeriodSeconds: 3 }", "{ exec: { command: [a] }, tcpSocket: { port: 1 } }", "{ tcpSocket: { host: a } }"),
    ];

    private static IEnumerable<(string Key, string Value)> Of(string key, params string[] values) => values.Select(value => (key, value));
}
