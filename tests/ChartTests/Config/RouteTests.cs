using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class RouteTests
{
    [Fact]
    public void There_are_none_by_default() => Config("").Should().BeNull();

    [Fact]
    public void Routes_keep_their_order_and_a_priority_of_zero() =>
        Config("routes: [{ tasks: 'b.*', queue: reports, priority: 0 }, { tasks: 'a?', queue: default }]").Should().Be("b.*=reports:0,a?=default");

    [Theory]
    [InlineData("[{ tasks: a, queue: nowhere }]", "routes[0] goes to the queue \"nowhere\", which is not in queues")]
    [InlineData("[{ tasks: a, queue: default }, { tasks: a, queue: reports }]", "routes[1] is for \"a\", as an earlier one is")]
    public void A_route_that_leads_nowhere_is_refused(string routes, string sentence) => Chart.Refusal($"routes: {routes}").Should().Contain($"- {sentence}");

    private static string? Config(string values) => (string?)Chart.Render(values).Single("ConfigMap", name: "config").At("data.TASKRUNNER_ROUTES");
}
