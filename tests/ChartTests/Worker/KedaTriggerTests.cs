using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Worker;

/// <summary>Triggers of the user beside the queues. With a formula KEDA looks at nothing else, so each must be in it or be refused.</summary>
public sealed class KedaTriggerTests
{
    private const string Cron = "{ type: cron, metadata: { timezone: UTC, start: 0 8 * * *, end: 0 18 * * *, desiredReplicas: '3' } }";

    private const string CloudWatch = "{ type: aws-cloudwatch, name: depth, metadata: { targetMetricValue: '2.5' } }";

    private const string Cpu = "{ type: cpu, metricType: Utilization, metadata: { value: '60' } }";

    [Theory]
    [InlineData("", "queue0 + queue1")]
    [InlineData(Cron, "max(queue0 + queue1, (trigger0 > 1 ? trigger0 : 0) * 4)")]
    [InlineData(CloudWatch, "max(queue0 + queue1, depth * 4 / 2.5)")]
    [InlineData(Cpu, "queue0 + queue1")]
    [InlineData(Cpu + ", " + Cron + ", " + CloudWatch, "max(queue0 + queue1, (trigger1 > 1 ? trigger1 : 0) * 4, depth * 4 / 2.5)")]
    [InlineData("{ type: redis, metadata: { listName: mine, listLength: '7' } }", "max(queue0 + queue1, trigger0 * 4 / 7)")]
    [InlineData("{ type: kafka, metadata: { lagThreshold: '{{ mul 5 10 }}' } }", "max(queue0 + queue1, trigger0 * 4 / 50)")]
    public void In_a_pool_of_several_queues_the_one_that_asks_for_most_pods_decides(string triggers, string formula)
    {
        var spec = Chart.Render(Values("[a, b]", triggers)).Single("ScaledObject").At("spec");
        var names = spec.At("triggers")!.AsArray().Where(trigger => (string?)trigger!["type"] != "cpu").Select(trigger => (string?)trigger!["name"]).ToList();

        spec.At("advanced.scalingModifiers.formula").ShouldBe($"'{formula}'");
        names.Should().OnlyHaveUniqueItems().And.OnlyContain(name => formula.Contains(name!, StringComparison.Ordinal));
    }

    [Fact]
    public void In_a_pool_of_one_queue_KEDA_itself_takes_the_most()
    {
        var spec = Chart.Render(Values("[a]", Cron)).Single("ScaledObject").At("spec");

        spec.At("advanced.scalingModifiers").Should().BeNull();
        spec.At("triggers[1]").ShouldBe(Cron);
    }

    [Theory]
    [InlineData("{ type: external, metadata: { scalerAddress: 'a:1' } }", "external would never scale, because KEDA reads only the formula")]
    [InlineData("{ type: prometheus, metadata: { threshold: '0' } }", "prometheus would never scale")]
    [InlineData("{ type: prometheus, metadata: { threshold: many } }", "prometheus would never scale")]
    [InlineData("{ type: prometheus, name: my-own, metadata: { threshold: '1' } }", "the name \"my-own\" cannot stand in the formula")]
    [InlineData("{ type: prometheus, metricType: Value, metadata: { threshold: '1' } }", "prometheus has metricType Value, but the formula")]
    [InlineData("{ type: prometheus, name: queue1, metadata: { threshold: '1' } }", "has the name \"queue1\" twice, or the chart has it")]
    public void What_the_formula_cannot_hold_is_refused_with_a_way_out(string trigger, string sentence) =>
        Chart.Refusal(Values("[a, b]", trigger)).Should().Contain($"- Pool \"default\": worker.autoscaling.keda.triggers").And.Contain(sentence);

    [Fact]
    public void One_name_for_two_triggers_is_refused_in_any_pool() =>
        Chart.Refusal(Values("[a]", $"{CloudWatch}, {CloudWatch}")).Should().Contain("has the name \"depth\" twice");

    [Theory]
    [InlineData("1", 0, true)]
    [InlineData("2", 0, false)]
    [InlineData("1", 1, false)]
    public void A_cron_trigger_that_could_not_wake_the_pool_is_refused(string pods, int least, bool refused)
    {
        var values = Values("[a, b]", Cron.Replace("'3'", $"'{pods}'", StringComparison.Ordinal), $"minReplicas: {least}");

        if (refused)
        {
            Chart.Refusal(values).Should().Contain("cron with desiredReplicas 1 cannot wake a pool of several queues");
        }
        else
        {
            Chart.Render(values).Has("ScaledObject").Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("{ type: cron, metadata: { desiredReplicas: 4 } }", "metadata.desiredReplicas: Invalid type. Expected: string")]
    [InlineData("{ type: cron, metadata: {}, authenticationRef: { nam: a } }", "nam is not allowed")]
    [InlineData("{ type: cron, metadata: {}, metricType: Sum }", "metricType")]
    public void What_the_kind_of_KEDA_does_not_take_is_refused(string trigger, string sentence) =>
        Chart.Refusal(Values("[a]", trigger)).Should().Contain(sentence);

    private static string Values(string queues, string triggers, string more = "minReplicas: 1") =>
        $"queues: {queues}\nworker: {{ autoscaling: {{ type: keda, {more}, keda: {{ triggers: [{triggers}] }} }} }}";
}
