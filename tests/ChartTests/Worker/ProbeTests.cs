using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

public sealed class ProbeTests
{
    public static TheoryData<string, string, string> Probes => new()
    {
        { "worker", "startupProbe", "/startupz" },
        { "worker", "livenessProbe", "/livez" },
        { "worker", "readinessProbe", "/readyz" },
        { "beat", "startupProbe", "/startupz" },
        { "beat", "livenessProbe", "/livez" },
        { "beat", "readinessProbe", "/readyz" },
    };

    [Theory]
    [MemberData(nameof(Probes))]
    public void A_probe_asks_the_program_itself(string component, string probe, string path) =>
        Container(component).At($"{probe}.httpGet").ShouldBe($"{{ path: {path}, port: http }}");

    [Theory]
    [MemberData(nameof(Probes))]
    public void A_probe_can_be_switched_off(string component, string probe, string path)
    {
        var container = Container(component, $"{component}: {{ {probe}: {{ enabled: false }} }}");

        container[probe].Should().BeNull();
        container.ToJsonString().Should().NotContain(path);
    }

    [Theory]
    [MemberData(nameof(Probes))]
    public void A_handler_of_the_user_takes_the_place_of_ours(string component, string probe, string path)
    {
        var container = Container(component, $"{component}: {{ {probe}: {{ exec: {{ command: [/app/check] }} }} }}");

        container.At($"{probe}.exec").ShouldBe("command: [/app/check]");
        container.ToJsonString().Should().NotContain(path);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public void A_start_may_take_300_seconds(string component)
    {
        var probe = Container(component)["startupProbe"]!;

        ((int)(long)probe["periodSeconds"]! * (int)(long)probe["failureThreshold"]!).Should().Be(300);
    }

    [Theory]
    [InlineData("worker", "livenessProbe", 30)]
    [InlineData("worker", "readinessProbe", 15)]
    [InlineData("beat", "livenessProbe", 30)]
    [InlineData("beat", "readinessProbe", 15)]
    public void Probes_run_as_often_as_in_the_report(string component, string probe, int seconds) =>
        ((long)Container(component)[probe]!["periodSeconds"]!).Should().Be(seconds);

    [Fact]
    public void Every_field_of_a_probe_can_be_set() =>
        Container("worker", """
            worker:
              livenessProbe: { initialDelaySeconds: 1, periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4, successThreshold: 1 }
            """)["livenessProbe"].ShouldBe("""
            httpGet: { path: /livez, port: http }
            initialDelaySeconds: 1
            periodSeconds: 2
            timeoutSeconds: 3
            failureThreshold: 4
            successThreshold: 1
            """);

    [Fact]
    public void Every_probe_of_every_case_points_at_a_port_that_is_there()
    {
        foreach (var workload in CiCases.Names.SelectMany(CiCases.Render).Where(manifest => manifest.Pod is not null))
        {
            foreach (var container in workload.Containers)
            {
                var ports = (container["ports"]?.AsArray() ?? []).Select(port => (string?)port!["name"]);
                var wanted = new[] { "startupProbe", "livenessProbe", "readinessProbe" }
                    .Select(probe => container.At($"{probe}.httpGet.port") ?? container.At($"{probe}.tcpSocket.port"))
                    .OfType<System.Text.Json.Nodes.JsonNode>()
                    .Select(port => (string?)port);

                wanted.Should().BeSubsetOf(ports, $"{workload} probes them");
            }
        }
    }

    private static System.Text.Json.Nodes.JsonObject Container(string component, string values = "") =>
        Chart.Render(values).Single("Deployment", component: component).Container;
}
