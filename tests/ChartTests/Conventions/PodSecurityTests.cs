using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The judge itself: it must pass a right pod and name what is wrong with each of these.</summary>
public sealed class PodSecurityTests
{
    private const string Right = """
        securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
        volumes: [{ name: tmp, emptyDir: {} }]
        containers:
          - name: app
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: [ALL] } }
        """;

    [Fact]
    public void A_right_pod_passes() => PodSecurity.Violations(Yaml.Parse(Right)!.AsObject()).Should().BeEmpty();

    [Theory]
    [InlineData("runAsNonRoot: true, ", "", "may run as root")]
    [InlineData("runAsNonRoot: true", "runAsNonRoot: true, runAsUser: 0", "runs as user 0")]
    [InlineData("type: RuntimeDefault", "type: Unconfined", "seccomp profile")]
    [InlineData("allowPrivilegeEscalation: false, ", "", "privilege escalation")]
    [InlineData("allowPrivilegeEscalation: false, ", "allowPrivilegeEscalation: false, privileged: true, ", "is privileged")]
    [InlineData("drop: [ALL]", "drop: [NET_RAW]", "keeps capabilities")]
    [InlineData("drop: [ALL]", "drop: [ALL], add: [SYS_TIME]", "adds capabilities")]
    [InlineData("emptyDir: {}", "hostPath: { path: / }", "hostPath")]
    [InlineData("containers:", "hostNetwork: true\ncontainers:", "hostNetwork")]
    [InlineData("containers:", "initContainers: [{ name: first }]\ncontainers:", "first: allows")]
    [InlineData("- name: app", "- name: app\n    ports: [{ containerPort: 1, hostPort: 1 }]", "port of the host")]
    public void A_wrong_pod_is_caught(string text, string replacement, string violation)
    {
        var spec = Yaml.Parse(Right.Replace(text, replacement, StringComparison.Ordinal))!.AsObject();

        PodSecurity.Violations(spec).Should().Contain(found => found.Contains(violation, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("automountServiceAccountToken: true")]
    [InlineData("enableServiceLinks: true")]
    public void A_broken_promise_is_caught(string line)
    {
        var kept = "automountServiceAccountToken: false\nenableServiceLinks: false\ncontainers: []\n";
        var broken = kept.Replace(line.Replace("true", "false", StringComparison.Ordinal), line, StringComparison.Ordinal);

        PodSecurity.BrokenPromises(Yaml.Parse(kept)!.AsObject()).Should().BeEmpty();
        PodSecurity.BrokenPromises(Yaml.Parse(broken)!.AsObject()).Should().ContainSingle();
    }
}
