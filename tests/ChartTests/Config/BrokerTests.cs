using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class BrokerTests
{
    [Fact]
    public void The_bundled_Redis_is_the_broker_by_default() =>
        Data("").Should().Contain("TASKRUNNER_BROKER_URL", "redis://demo-taskrunner-redis:6379/0")
            .And.Contain("TASKRUNNER_BROKER_PASSWORD_FILE", "/etc/taskrunner/secrets/broker-password");

    [Theory]
    [InlineData("host: r.example", "redis://r.example:6379/0")]
    [InlineData("host: r.example, port: 7000, database: 5", "redis://r.example:7000/5")]
    [InlineData("host: r.example, tls: { enabled: true }", "rediss://r.example:6379/0")]
    [InlineData("host: 'fd00::1'", "redis://[fd00::1]:6379/0")]
    [InlineData("url: 'redis://r.example:6379/2?protocol=3'", "redis://r.example:6379/2?protocol=3")]
    [InlineData("url: 'redis://shop@r.example:6379'", "redis://shop@r.example:6379")]
    public void A_broker_without_secret_stands_in_the_config_map(string broker, string url)
    {
        var data = Data(External(broker));

        data.Should().Contain("TASKRUNNER_BROKER_URL", url);
        data.Should().NotContainKeys("TASKRUNNER_BROKER_URL_FILE", "TASKRUNNER_BROKER_PASSWORD_FILE", "TASKRUNNER_BROKER_USERNAME");
    }

    [Theory]
    [InlineData("redis://shop:broker-secret@r.example:6379")]
    [InlineData("rediss://:broker-secret@r.example")]
    [InlineData("redis://shop:broker/sec#ret@r.example:6379/1")]
    public void A_url_with_a_password_is_a_secret(string url)
    {
        var manifests = Chart.Render(External($"url: '{url}'"));

        var data = manifests.Single("ConfigMap", name: "-config").At("data")!;
        data["TASKRUNNER_BROKER_URL"].Should().BeNull();
        data["TASKRUNNER_BROKER_URL_FILE"].ShouldBe("/etc/taskrunner/secrets/broker-url");
        Secrets.Decode(manifests, "-credentials").Should().Contain("broker-url", url);
    }

    [Fact]
    public void User_and_password_stand_beside_the_host()
    {
        var manifests = Chart.Render(External("host: r.example, username: shop, password: broker-secret"));

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_BROKER_USERNAME").Should().Be("shop");
        Secrets.Decode(manifests, "-credentials").Should().Contain("broker-password", "broker-secret");
    }

    [Fact]
    public void A_secret_of_the_user_is_mounted_where_ours_would_be()
    {
        var manifests = Chart.Render(External("host: r.example, existingSecret: { name: mine, passwordKey: pass }"));

        Sources(manifests).Should().Contain("""{"secret":{"items":[{"key":"pass","path":"broker-password"}],"name":"mine"}}""");
        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_BROKER_PASSWORD_FILE").Should().Be("/etc/taskrunner/secrets/broker-password");
        Secrets.Decode(manifests, "-credentials").Should().NotContainKey("broker-password");
    }

    [Fact]
    public void A_secret_of_the_user_may_hold_the_whole_url()
    {
        var manifests = Chart.Render(External("existingSecret: { name: mine, urlKey: url }"));

        Sources(manifests).Should().Contain("""{"secret":{"items":[{"key":"url","path":"broker-url"}],"name":"mine"}}""");
        manifests.Single("ConfigMap", name: "-config").At("data")!["TASKRUNNER_BROKER_URL"].Should().BeNull();
    }

    [Fact]
    public void An_authority_is_mounted_and_named()
    {
        var manifests = Chart.Render(External("host: r.example, tls: { enabled: true, caSecret: { name: ca, key: root.pem } }"));

        manifests.Single("ConfigMap", name: "-config").Text("data.TASKRUNNER_BROKER_CA_FILE").Should().Be("/etc/taskrunner/ca/broker.crt");
        manifests.Single("Deployment", component: "worker").PodSpec["volumes"]!.AsArray()
            .Single(volume => (string?)volume!["name"] == "ca").At("projected.sources")
            .ShouldBe("[{ secret: { name: ca, items: [{ key: root.pem, path: broker.crt }] } }]");
    }

    [Fact]
    public void The_prefix_of_keys_can_be_set() =>
        Data("broker: { namespace: shop }").Should().Contain("TASKRUNNER_NAMESPACE", "shop");

    private static string External(string broker) => $"{{ redis: {{ enabled: false }}, broker: {{ {broker} }} }}";

    private static Dictionary<string, string> Data(string values) =>
        Chart.Render(values).Single("ConfigMap", name: "-config").At("data")!.AsObject().ToDictionary(pair => pair.Key, pair => pair.Value!.ToString());

    private static IEnumerable<string> Sources(Manifests manifests) =>
        manifests.Single("Deployment", component: "worker").PodSpec["volumes"]!.AsArray()
            .Single(volume => (string?)volume!["name"] == "secrets").At("projected.sources")!.AsArray()
            .Select(source => source!.ToJsonString());
}
