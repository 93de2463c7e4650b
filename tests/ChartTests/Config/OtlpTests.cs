using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class OtlpTests
{
    private const string On = "config: { otlp: { endpoint: 'http://otel:4317', sampleRatio: 0, resourceAttributes: { team: \"{{ .Release.Name }}\" } } }";

    [Fact]
    public void Nothing_is_set_without_a_collector() => Chart.Render().Rendered.Should().NotContain("OTEL_");

    [Theory]
    [InlineData("worker")]
    [InlineData("beat")]
    public void The_standard_variables_say_where_and_as_what(string component)
    {
        var workload = Chart.Render(On).Single("Deployment", component: component);

        workload.Env("OTEL_EXPORTER_OTLP_ENDPOINT").Should().Be("http://otel:4317");
        workload.Env("OTEL_EXPORTER_OTLP_PROTOCOL").Should().Be("grpc");
        workload.Env("OTEL_SERVICE_NAME").Should().Be($"taskrunner-{component}");
        workload.Env("OTEL_TRACES_SAMPLER").Should().Be("parentbased_traceidratio");
        workload.Env("OTEL_TRACES_SAMPLER_ARG").Should().Be("0");
        workload.Env("OTEL_RESOURCE_ATTRIBUTES").Should().Contain("team=demo").And.Contain("k8s.namespace.name=tasks").And.Contain("k8s.pod.name=$(OTEL_POD_NAME),service.namespace=demo,service.version=");
    }

    [Fact]
    public void A_value_of_an_attribute_may_hold_what_separates_attributes() =>
        Chart.Render("config: { otlp: { endpoint: 'http://otel:4317', resourceAttributes: { team: 'data, and more = 50% + x' } } }")
            .Single("Deployment", component: "worker").Env("OTEL_RESOURCE_ATTRIBUTES").Should().EndWith(",team=data%2C and more %3D 50%25 %2B x");

    [Fact]
    public void The_version_is_that_of_the_image() =>
        Chart.Render("config: { otlp: { endpoint: 'http://otel:4317' } }\nimage: { tag: '2.7' }\nbeat: { image: { tag: '2.8' } }").Workloads
            .Where(workload => workload.Env("OTEL_SERVICE_NAME") is not null)
            .Select(workload => (workload.Env("OTEL_SERVICE_NAME"), workload.Env("OTEL_RESOURCE_ATTRIBUTES")![^3..]))
            .Should().Contain([("taskrunner-worker", "2.7"), ("taskrunner-beat", "2.8")]);

    [Fact]
    public void The_name_of_the_pod_is_known_before_the_attributes_that_hold_it()
    {
        var names = Chart.Render(On).Single("Deployment", component: "worker").Container["env"]!.AsArray().Select(item => (string)item!["name"]!).ToList();

        names.IndexOf("OTEL_POD_NAME").Should().BeLessThan(names.IndexOf("OTEL_RESOURCE_ATTRIBUTES")).And.BeGreaterThan(-1);
    }
}
