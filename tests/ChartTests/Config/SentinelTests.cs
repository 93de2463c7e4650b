using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Config;

public sealed class SentinelTests
{
    private const string Start = "redis: { enabled: false }\nbroker: { database: 2, sentinel: { addresses: ['s0:26379', 's1:26380'], ";

    [Fact]
    public void The_program_is_told_of_the_sentinels()
    {
        var config = Chart.Render(Start + "master: shop, username: u } }").Single("ConfigMap", name: "config");

        config.At("data.TASKRUNNER_BROKER_URL").ShouldBe("redis://sentinel:6379/2");
        config.At("data.TASKRUNNER_BROKER_SENTINELS").ShouldBe("'s0:26379,s1:26380'");
        config.At("data.TASKRUNNER_BROKER_SENTINEL_MASTER").ShouldBe("shop");
        config.At("data.TASKRUNNER_BROKER_SENTINEL_USERNAME").ShouldBe("u");
        config.At("data.TASKRUNNER_BROKER_SENTINEL_PASSWORD_FILE").Should().BeNull();
    }

    [Theory]
    [InlineData("password: hidden } }", "demo-taskrunner-credentials", "broker-sentinel-password")]
    [InlineData("}, existingSecret: { name: mine, sentinelPasswordKey: s } }", "mine", "s")]
    public void Their_password_is_a_file(string values, string secret, string key)
    {
        var manifests = Chart.Render(Start + values);

        manifests.Single("ConfigMap", name: "config").At("data.TASKRUNNER_BROKER_SENTINEL_PASSWORD_FILE").ShouldBe("/etc/taskrunner/secrets/broker-sentinel-password");
        manifests.Single("Deployment", component: "worker").PodSpec.ToJsonString().Should()
            .Contain($"\"items\":[{{\"key\":\"{key}\",\"path\":\"broker-sentinel-password\"}}],\"name\":\"{secret}").And.NotContain("hidden");
    }

    [Fact]
    public void KEDA_asks_them_too()
    {
        var manifests = Chart.Render("queues: [a]\nworker: { autoscaling: { type: keda } }\n" + Start + "password: hidden } }");

        manifests.Single("ScaledObject").At("spec.triggers[0].type").ShouldBe("redis-sentinel");
        manifests.Single("ScaledObject").At("spec.triggers[0].metadata").ShouldBe(
            "{ addresses: 's0:26379,s1:26380', sentinelMaster: mymaster, databaseIndex: '2', listLength: '4', listName: '{tr:default:a:0}:z' }");
        manifests.Single("TriggerAuthentication").At("spec.secretTargetRef[0].parameter").ShouldBe("sentinelPassword");
    }

    [Theory]
    [InlineData("broker: { sentinel: { addresses: ['s:1'] } }", "redis.enabled is true and broker.sentinel.addresses is set")]
    [InlineData("broker: { host: r, sentinel: { addresses: ['s:1'] } }\nredis: { enabled: false }", "broker.host and broker.sentinel.addresses are set: keep one of them.")]
    [InlineData("broker: { sentinel: { password: p } }", "broker.sentinel has a username or password, but no addresses")]
    public void Sentinels_beside_another_address_are_refused(string values, string sentence) => Chart.Refusal(values).Should().Contain($"- {sentence}");
}
