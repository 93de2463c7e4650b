using System.Net;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Kubernetes;
using TaskRunner.Loops;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Kubernetes;

public sealed class DeletionCostTests
{
    [Fact]
    public async Task Running_tasks_become_an_annotation_of_the_pod()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = new PodApi(server.Pod);

        await Cost(api, () => 3).RunOnceAsync(default);

        server.Patches.Should().ContainSingle().Which.Should().Be(new FakeApiServer.Patch(
            "PATCH",
            "/api/v1/namespaces/tasks/pods/worker-1",
            "application/merge-patch+json",
            "Bearer first-token",
            """{"metadata":{"annotations":{"controller.kubernetes.io/pod-deletion-cost":"3"}}}"""));
    }

    [Fact]
    public async Task Cost_that_did_not_change_is_not_told_again()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = new PodApi(server.Pod);
        var running = 1;
        var cost = Cost(api, () => running);

        await cost.RunOnceAsync(default);
        await cost.RunOnceAsync(default);
        running = 0;
        await cost.RunOnceAsync(default);

        server.Patches.Select(patch => patch.Body[^6..]).Should().Equal("\"1\"}}}", "\"0\"}}}");
    }

    [Fact]
    public async Task Token_that_the_kubelet_replaced_is_used()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = new PodApi(server.Pod);
        await api.AnnotateAsync("a", "1", default);

        server.Token = "second-token";
        await api.AnnotateAsync("a", "2", default);

        server.Patches.Select(patch => patch.Authorization).Should().Equal("Bearer first-token", "Bearer second-token");
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, "the token is not valid")]
    [InlineData(HttpStatusCode.Forbidden, "the service account may not patch pods")]
    [InlineData(HttpStatusCode.NotFound, "there is no such pod")]
    [InlineData(HttpStatusCode.InternalServerError, "answers 500")]
    public async Task Refusal_is_told_with_its_reason(HttpStatusCode status, string reason)
    {
        await using var server = await FakeApiServer.StartAsync();
        server.Status = status;
        using var api = new PodApi(server.Pod);

        var telling = () => api.AnnotateAsync("a", "1", default);

        (await telling.Should().ThrowAsync<PodApiException>()).Which.Message.Should().Contain(reason);
    }

    [Fact]
    public async Task Server_that_another_authority_signed_is_not_spoken_to()
    {
        await using var server = await FakeApiServer.StartAsync();
        server.Distrust();
        using var api = new PodApi(server.Pod);

        var telling = () => api.AnnotateAsync("a", "1", default);

        await telling.Should().ThrowAsync<PodApiException>();
        server.Patches.Should().BeEmpty();
    }

    [Fact]
    public async Task Outage_is_logged_once_and_the_cost_is_told_after_it()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = new PodApi(server.Pod);
        var log = new CapturingLogger();
        var cost = new DeletionCost(api, () => 2, TimeProvider.System, log);
        server.Status = HttpStatusCode.ServiceUnavailable;

        await cost.RunOnceAsync(default);
        await cost.RunOnceAsync(default);
        server.Status = HttpStatusCode.OK;
        await cost.RunOnceAsync(default);

        server.Patches.Should().HaveCount(3);
        log.Entries.Should().HaveCount(2);
    }

    [Fact]
    public async Task Cost_is_told_again_and_again_until_the_worker_stops()
    {
        await using var server = await FakeApiServer.StartAsync();
        using var api = new PodApi(server.Pod);
        var running = 0;
        using var stop = new CancellationTokenSource();
        var telling = new DeletionCost(api, () => running++, TimeProvider.System, NullLogger.Instance) { Interval = TimeSpan.FromMilliseconds(5) }.RunAsync(new LoopSupervisor(TimeProvider.System, NullLogger.Instance).Loop("deletion-cost"), stop.Token);

        await Eventually.TrueAsync(() => server.Patches.Count > 2);
        await stop.CancelAsync();
        await telling;

        server.Patches.First().Body.Should().Contain("\"0\"");
    }

    private static DeletionCost Cost(PodApi api, Func<int> running) => new(api, running, TimeProvider.System, NullLogger.Instance);
}
