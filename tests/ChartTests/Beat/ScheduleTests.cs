using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Beat;

public sealed class ScheduleTests
{
    private const string TwoSchedules = """
        beat:
          schedules:
            tick: { every: 30s, task: debug.echo, arguments: { number: 1, text: "a<b" } }
            rates: { cron: "*/5 * * * *", timezone: Europe/Berlin, task: rates, queue: pricing, priority: 8, catchUp: latest, enabled: false }
        """;

    [Fact]
    public void No_schedule_is_declared_by_default() => Schedules("").ShouldBe("schedules: {}");

    [Fact]
    public void Schedules_reach_the_file_as_they_are() => Schedules(TwoSchedules).ShouldBe("""
        schedules:
          tick: { every: 30s, task: debug.echo, arguments: { number: 1, text: "a<b" } }
          rates: { cron: "*/5 * * * *", timezone: Europe/Berlin, task: rates, queue: pricing, priority: 8, catchUp: latest, enabled: false }
        """);

    [Fact]
    public void Null_removes_a_schedule_that_another_values_file_declared() =>
        Schedules("beat: { schedules: { tick: null } }").ShouldBe("schedules: {}");

    [Fact]
    public void A_priority_of_zero_is_honoured() =>
        Schedules("beat: { schedules: { tick: { every: 1m, task: t, priority: 0 } } }").At("schedules.tick.priority").ShouldBe("0");

    [Fact]
    public void Beat_reads_the_file_from_where_it_is_mounted()
    {
        var beat = Chart.Render().Single("Deployment", component: "beat");

        beat.Env("TASKRUNNER_SCHEDULES_FILE").Should().Be("/etc/taskrunner/schedules/schedules.json");
        beat.Container["volumeMounts"]!.AsArray().Should().Contain(mount =>
            (string?)mount!["name"] == "schedules" && (string?)mount["mountPath"] == "/etc/taskrunner/schedules" && (bool)mount["readOnly"]!);
        beat.PodSpec["volumes"]!.AsArray().Should().Contain(volume => (string?)volume.At("configMap.name") == "demo-taskrunner-schedules");
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("migrate")]
    public void Nothing_else_mounts_schedules(string component) =>
        Chart.Render().Workloads.Single(manifest => manifest.Component == component)
            .Content.ToJsonString().Should().NotContain("schedules");

    [Fact]
    public void A_changed_schedule_replaces_beat_and_no_worker()
    {
        var before = Chart.Render();
        var after = Chart.Render(TwoSchedules);

        Pod(after, "beat").Should().NotBe(Pod(before, "beat"));
        Pod(after, "worker").Should().Be(Pod(before, "worker"));
    }

    [Theory]
    [InlineData("{ chat: 9007199254740993 }")]
    [InlineData("{ list: [{ deep: { chat: -1001234567890123456 } }] }")]
    public void A_number_that_helm_would_change_is_refused(string arguments) =>
        Chart.Refusal($"beat: {{ schedules: {{ s: {{ every: 1h, task: t, arguments: {arguments} }} }} }}").Should().MatchRegex("schedules.s.arguments.* Must be (less|greater) than or equal to -?9.007199254740991e\\+15");

    [Fact]
    public void Any_other_number_arrives_as_it_is()
    {
        const string arguments = "{ chat: 9007199254740991, other: -9007199254740991, text: '123456789012345678', share: 0.5, none: null, list: [1, a] }";

        Schedules($"beat: {{ schedules: {{ s: {{ every: 1h, task: t, arguments: {arguments} }} }} }}").At("schedules.s.arguments").ShouldBe(arguments);
    }

    private static JsonNode? Schedules(string values) =>
        JsonNode.Parse(Chart.Render(values).Single("ConfigMap", component: "beat").At("data")!["schedules.json"]!.ToString());

    private static string Pod(Manifests manifests, string component) =>
        manifests.Single("Deployment", component: component).Pod!.ToJsonString();
}
