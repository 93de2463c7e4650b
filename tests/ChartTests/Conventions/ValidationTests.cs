using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class ValidationTests
{
    private const string NoBundles = "redis: { enabled: false }\npostgresql: { enabled: false }\n";

    [Theory]
    [InlineData("redis: { enabled: false }", "There is no broker: set redis.enabled to true, or name one with broker.url, broker.host or broker.existingSecret.urlKey.")]
    [InlineData("postgresql: { enabled: false }", "There is no database: set postgresql.enabled to true, or name one with database.url, database.host or database.existingSecret.urlKey.")]
    [InlineData("broker: { host: r }", "redis.enabled is true and broker.host is set: set redis.enabled to false to use that broker, or remove broker.host.")]
    [InlineData("database: { url: 'postgresql://p/t' }", "postgresql.enabled is true and database.url is set")]
    [InlineData("broker: { existingSecret: { name: s, urlKey: u } }", "redis.enabled is true and broker.existingSecret.urlKey is set")]
    [InlineData("broker: { existingSecret: { name: s } }", "broker.existingSecret.name is set, but the bundled store reads no Secret of yours: set redis.existingSecret.name, or redis.enabled to false and name a broker.")]
    [InlineData("broker: { existingSecret: { urlKey: u } }", "broker.existingSecret.urlKey is set, but broker.existingSecret.name is empty")]
    [InlineData("redis: { enabled: false }\nbroker: { host: r, url: 'redis://r' }", "broker.url and broker.host are set: keep one of them.")]
    [InlineData("redis: { enabled: false }\nbroker: { host: r, password: p, existingSecret: { name: s } }", "broker.password and broker.existingSecret.name are set: keep one of them.")]
    [InlineData("redis: { enabled: false }\nbroker: { url: 'redis://:p@r', existingSecret: { name: s } }", "broker.url carries a password and broker.existingSecret.name is set")]
    [InlineData("broker: { password: other }", "redis.password and broker.password differ: set one of them.")]
    [InlineData("broker: { tls: { enabled: true } }", "broker.tls.enabled is true, but the bundled Redis speaks no TLS")]
    [InlineData("redis: { enabled: false }\nbroker: { url: 'redis://r', tls: { enabled: true } }", "broker.tls.enabled is true, but broker.url starts with redis://")]
    [InlineData("redis: { enabled: false }\nbroker: { host: r, tls: { caSecret: { name: c } } }", "broker.tls.caSecret.name is set, but broker.tls.enabled is false")]
    [InlineData("database: { sslmode: verify-full }", "database.sslmode is verify-full, but the bundled PostgreSQL speaks no TLS")]
    [InlineData("postgresql: { enabled: false }\ndatabase: { host: p, tls: { caSecret: { name: c } } }", "database.tls.caSecret.name is set, but database.sslmode prefer verifies no certificate")]
    [InlineData("worker: { terminationGracePeriodSeconds: 59 }", "Pool \"default\": worker.terminationGracePeriodSeconds (59) must be at least 60, for a drain of 50")]
    [InlineData("workers: { slow: { terminationGracePeriodSeconds: 60, drainSeconds: 90 } }", "Pool \"slow\": worker.terminationGracePeriodSeconds (60) must be at least 100, for a drain of 90")]
    [InlineData("metrics: { annotations: false }", "metrics.annotations was removed: set metrics.scrape to none.")]
    [InlineData("metrics: { annotations: true }", "metrics.annotations was removed: set metrics.scrape to annotations.")]
    [InlineData("worker: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } } }", "Pool \"default\": worker.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0: no pod could ever be replaced.")]
    [InlineData("workers: { slow: { queues: [slow] } }", "workers.slow.queues names \"slow\", which is not in queues")]
    [InlineData("workers: { default: { queues: [default, backups] } }", "No pool of workers serves pricing, reports, notifications, accounting, monitoring, webhooks of queues")]
    [InlineData("workers: { default: null }", "No pool of workers serves default, backups")]
    [InlineData("beat: { schedules: { a: { task: t } } }", "beat.schedules.a must have exactly one of cron, every and once.")]
    [InlineData("beat: { schedules: { a: { task: t, cron: '* * * * *', every: 1m } } }", "beat.schedules.a must have exactly one of cron, every and once.")]
    [InlineData("beat: { schedules: { a: { task: t, every: 1m, queue: unknown } } }", "beat.schedules.a goes to the queue \"unknown\", which is not in queues")]
    [InlineData("worker: { enabled: false }", "No pool of workers serves default, backups")]
    [InlineData("dnsPolicy: None", "postgresql: dnsPolicy is None, but dnsConfig has no nameservers: add one, or set another dnsPolicy.")]
    [InlineData("worker: { securityContext: { privileged: true } }", "Pool \"default\": securityContext asks for privileged, but allowPrivilegeEscalation is false: set it to true, or to none.")]
    [InlineData("beat: { securityContext: { seccompProfile: { type: Localhost } } }", "beat: securityContext.seccompProfile has the type Localhost: localhostProfile must be set with Localhost, and only then; none removes it.")]
    [InlineData("test: { resources: { requests: { memory: 257Mi } } }", "test: resources.requests has more memory (257Mi) than resources.limits (256Mi); what you did not set is the chart's own")]
    [InlineData("redis: { resources: { requests: { nvidia.com/gpu: 1 } } }", "redis: resources.limits must have as much nvidia.com/gpu as resources.requests (1).")]
    [InlineData("worker: { lifecycle: { preStop: { exec: { command: [a] }, httpGet: { port: 1 } } } }", "Pool \"default\": lifecycle.preStop has exec and httpGet: keep one of them.")]
    [InlineData("beat: { livenessProbe: { httpGet: { path: /a } } }", "beat: livenessProbe.httpGet needs a port.")]
    [InlineData("beat: { lifecycle: { preStop: { sleep: { seconds: 31 } } } }", "beat: lifecycle.preStop.sleep must be shorter than terminationGracePeriodSeconds (30).")]
    [InlineData("migrate: { extraVolumeMounts: [{ name: a, mountPath: /b }] }", "migrate: extraVolumeMounts has \"/b\", and the pod has no volume \"a\": add it to extraVolumes.")]
    [InlineData("migrate: { extraVolumeMounts: [{ name: tmp, mountPath: /b, mountPropagation: Bidirectional }] }", "migrate: extraVolumeMounts has \"/b\" with mountPropagation Bidirectional, which only securityContext.privileged allows.")]
    [InlineData("networkPolicy: { storesFrom: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.0.0.0/8] } }] }", "networkPolicy: except has 10.0.0.0/8, which must be a part of its cidr, 10.0.0.0/8.")]
    [InlineData("workers: { slow: { hostAliases: [{ ip: '{{ .Release.Name }}', hostnames: [a] }] } }", "workers.slow.hostAliases.ip is \"demo\" once its templates are filled in: it must be an IP address.")]
    [InlineData("metrics: { rules: { alerts: { beatStale: { severity: '{{ .Values.nameOverride }}' } } } }", "metrics.rules.alerts.beatStale.severity is \"\" once its templates are filled in: it must be")]
    [InlineData("migrate: { annotations: { WAVE: '-1' } }", "migrate: the job waits for its configuration, whose sync wave (0) begins only after its own (-1): give")]
    [InlineData("commonAnnotations: { WAVE: '3' }\nmigrate: { annotations: { WAVE: '2' } }", "migrate: the job waits for its configuration, whose sync wave (3) begins only after its own (2)")]
    [InlineData("migrate: { annotations: { WAVE: '1' } }\nworker: { annotations: { WAVE: '2' } }", "beat: it waits for the migration, whose sync wave (1) begins only after its own (0): give")]
    [InlineData("migrate: { annotations: { WAVE: '1' } }\nbeat: { annotations: { WAVE: '1' } }", "worker (pool default): it waits for the migration, whose sync wave (1) begins")]
    [InlineData("beat: { replicas: 0 }\nworker: { autoscaling: { type: keda, minReplicas: 0 } }", "Pool \"default\": worker.autoscaling.keda counts tasks with beat, and beat.replicas is 0")]
    [InlineData("worker: { autoscaling: { type: keda, minReplicas: 0, keda: { trigger: none, triggers: [{ type: cpu, metadata: { value: '50' } }] } } }", "Pool \"default\": worker.autoscaling.keda has triggers of cpu and memory only")]
    [InlineData("worker: { autoscaling: { type: keda, maxReplicas: 5, keda: { fallbackReplicas: 6 } } }", "Pool \"default\": worker.autoscaling.keda.fallbackReplicas (6) is more than maxReplicas (5).")]
    [InlineData("beat: { replicas: 2, podDisruptionBudget: { maxUnavailable: null } }", "beat.podDisruptionBudget has neither minAvailable nor maxUnavailable")]
    [InlineData("worker: { replicas: 2, podDisruptionBudget: { maxUnavailable: null } }", "Pool \"default\": worker.podDisruptionBudget has neither minAvailable nor maxUnavailable")]
    [InlineData("podSecurityContext: { runAsUser: 0 }", "beat: podSecurityContext.runAsUser is 0, but runAsNonRoot is true")]
    [InlineData("worker: { securityContext: { runAsUser: 0 } }", "Pool \"default\": securityContext.runAsUser is 0, but runAsNonRoot is true")]
    [InlineData("redis: { maxmemory: 512mb }", "redis.maxmemory (512mb) is no less than redis.resources.limits.memory (512Mi)")]
    [InlineData("extraEnv: [{ name: A, value: '{{ printf \"%s\" .password }}' }]", "extraEnv has {{ .password }}, which Helm fills in with nothing: write {{ `{{ .password }}` }}.")]
    [InlineData("podAnnotations: { a: '{{ index . \"b\" }}' }", "podAnnotations has {{ index . \"b\" }}, which finds nothing of yours among what Helm knows")]
    [InlineData("podAnnotations: { a: '{{ range $k, $v := . }}{{ $k }}{{ end }}' }", "podAnnotations has {{ range $k, $v := . }}, which finds nothing of yours")]
    [InlineData("worker: { podAnnotations: { a: '{{ with .Values.config }}{{ .httpPort }}{{ end }}', b: '{{ .password }}' } }", "worker has {{ .password }}, which Helm fills in with nothing")]
    [InlineData("config: { otlp: { endpoint: '{{ .Values.global.otel }}' } }", "config has {{ .Values.global.otel }}, and there is no such value")]
    [InlineData("metrics: { selector: 'a=\"{{ .Values.global.a }}\"' }", "metrics has {{ .Values.global.a }}, and there is no such value")]
    [InlineData("workers: { a: { queues: [default], serviceAccount: { create: true, name: s, annotations: { r: A } } }, b: { queues: [default], serviceAccount: { create: true, name: s } } }", "Two accounts are named s and have other annotations")]
    [InlineData("serviceAccount: { create: true, name: s }\nbeat: { serviceAccount: { create: true, name: s, annotations: { r: A } } }", "Two accounts are named s and have other annotations")]
    [InlineData("worker: { resources: { requests: { cpu: none }, limits: { cpu: none } }, autoscaling: { type: keda, minReplicas: 1, keda: { triggers: [{ type: cpu, metadata: { value: '50' } }] } } }", "Pool \"default\": worker.autoscaling.keda.triggers: cpu is a share of a request that is not there")]
    [InlineData("worker: { livenessProbe: { httpGet: { path: /a, port: web } } }", "Pool \"default\": livenessProbe.httpGet names the port web, and the container has only http")]
    public void A_mistake_is_one_sentence_that_names_the_key(string values, string sentence) =>
        Chart.Refusal(values.Replace("WAVE", "argocd.argoproj.io/sync-wave", StringComparison.Ordinal)).Should().Contain($"- {sentence}");

    [Fact]
    public void All_mistakes_are_reported_at_once()
    {
        var refusal = Chart.Refusal(NoBundles + """
            worker: { terminationGracePeriodSeconds: 30 }
            workers: { default: { queues: [unknown] } }
            beat: { schedules: { a: { task: t } } }
            """);

        refusal.Split('\n').Where(line => line.StartsWith("- ", StringComparison.Ordinal)).Should().HaveCount(6);
    }

    [Fact]
    public void Right_values_are_taken() => Chart.Render(NoBundles + """
        broker: { host: r }
        database: { host: p }
        worker: { drainSeconds: 59, terminationGracePeriodSeconds: 69 }
        """).Should().NotBeEmpty();
}
