using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The figures of the system that this one replaces, each once: they are the chart's defaults.</summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData("worker", "spec.replicas", "3")]
    [InlineData("worker", "spec.strategy.type", "RollingUpdate")]
    [InlineData("worker", "spec.strategy.rollingUpdate.maxSurge", "1")]
    [InlineData("worker", "spec.strategy.rollingUpdate.maxUnavailable", "1")]
    [InlineData("worker", "spec.template.spec.terminationGracePeriodSeconds", "60")]
    [InlineData("worker", "spec.template.spec.securityContext.runAsUser", "1000")]
    [InlineData("worker", "spec.template.spec.securityContext.runAsNonRoot", "true")]
    [InlineData("worker", "spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation", "false")]
    [InlineData("worker", "spec.template.spec.containers[0].securityContext.capabilities.drop", "[ALL]")]
    [InlineData("worker", "spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem", "true")]
    [InlineData("worker", "spec.template.spec.containers[0].resources.requests.cpu", "300m")]
    [InlineData("worker", "spec.template.spec.containers[0].resources.requests.memory", "512Mi")]
    [InlineData("worker", "spec.template.spec.containers[0].resources.limits.cpu", "800m")]
    [InlineData("worker", "spec.template.spec.containers[0].resources.limits.memory", "1Gi")]
    [InlineData("worker", "spec.template.spec.containers[0].livenessProbe.periodSeconds", "30")]
    [InlineData("worker", "spec.template.spec.containers[0].readinessProbe.periodSeconds", "15")]
    [InlineData("worker", "spec.template.spec.containers[0].ports", "[{ name: http, containerPort: 8000, protocol: TCP }]")]
    [InlineData("beat", "spec.replicas", "1")]
    [InlineData("beat", "spec.strategy", "{ type: Recreate }")]
    [InlineData("beat", "spec.template.spec.terminationGracePeriodSeconds", "30")]
    [InlineData("beat", "spec.template.spec.securityContext.runAsUser", "1000")]
    [InlineData("beat", "spec.template.spec.containers[0].securityContext.capabilities.drop", "[ALL]")]
    [InlineData("beat", "spec.template.spec.containers[0].resources.requests.cpu", "100m")]
    [InlineData("beat", "spec.template.spec.containers[0].resources.requests.memory", "256Mi")]
    [InlineData("beat", "spec.template.spec.containers[0].resources.limits.cpu", "500m")]
    [InlineData("beat", "spec.template.spec.containers[0].resources.limits.memory", "512Mi")]
    [InlineData("beat", "spec.template.spec.containers[0].livenessProbe.periodSeconds", "30")]
    [InlineData("beat", "spec.template.spec.containers[0].readinessProbe.periodSeconds", "15")]
    public void A_figure_is_the_default(string component, string path, string figure) =>
        Chart.Render().Single("Deployment", component: component).At(path).ShouldBe(figure);

    [Fact]
    public void All_workers_together_request_and_run_what_the_report_adds_up()
    {
        var worker = Chart.Render().Single("Deployment", component: "worker");
        var replicas = (long)worker.At("spec.replicas")!;

        (replicas * 300).Should().Be(900);
        (replicas * long.Parse(worker.Env("TASKRUNNER_CONCURRENCY")!, System.Globalization.CultureInfo.InvariantCulture)).Should().Be(12);
    }

    [Fact]
    public void The_queues_are_those_of_the_report_with_default_in_the_first_place() =>
        Chart.Render().Single("Deployment", component: "worker").Env("TASKRUNNER_QUEUES")
            .Should().Be("default,backups,pricing,reports,notifications,accounting,monitoring,webhooks");
}
