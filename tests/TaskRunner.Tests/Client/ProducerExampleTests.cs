using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FluentAssertions;
using Producer;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Client;

/// <summary>The web application of examples/Producer, as a process.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ProducerExampleTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    [Fact]
    public async Task Reports_ordered_over_http_wait_in_their_queue_and_a_repeated_order_is_one()
    {
        var database = await postgres.CreateMigratedAsync();
        var port = FreePort.Next();
        await using var example = WorkerProcess.StartProgram(
            typeof(Reports).Assembly.Location,
            ["--urls", $"http://127.0.0.1:{port}"],
            [("TASKRUNNER_BROKER_URL", redis.Url), .. ProgramVariables.Of(database)]);
        using var shop = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        using var order = new HttpRequestMessage(HttpMethod.Post, "/reports") { Content = JsonContent.Create(new { text = "one two" }) };
        order.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var same = new HttpRequestMessage(HttpMethod.Post, "/reports") { Content = JsonContent.Create(new { text = "one two" }) };
        same.Headers.Add("Idempotency-Key", order.Headers.GetValues("Idempotency-Key"));
        await Eventually.TrueAsync(() => AnswersAsync(shop), TimeSpan.FromSeconds(60));

        using var accepted = await shop.SendAsync(order);
        using var repeated = await shop.SendAsync(same);
        using var many = await shop.PostAsJsonAsync("/reports/batch", Enumerable.Range(0, 100).Select(i => new { text = $"text {i}" }));

        accepted.StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await repeated.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString().Should().Be("Duplicate");
        (await many.Content.ReadFromJsonAsync<Guid[]>()).Should().HaveCount(100);
        await using var harness = await BrokerHarness.OpenAsync(redis.Url, options => options with { Namespace = "default" });
        (await harness.Broker.StatusAsync("reports", default)).Waiting.Should().Be(101);
        (await shop.GetAsync(accepted.Headers.Location)).StatusCode.Should().Be(HttpStatusCode.Accepted, "no worker has run it yet");
    }

    private static async Task<bool> AnswersAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync(new Uri("/", UriKind.Relative));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
