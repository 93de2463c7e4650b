using System.Reflection;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Broker;

// The broker's tests run on every server that the program supports: a class of them is abstract, and here stands what makes it run.

public sealed class EnqueueTestsOnRedis(RedisFixture server) : EnqueueTests(server), IClassFixture<RedisFixture>;

public sealed class EnqueueTestsOnValkey(ValkeyFixture server) : EnqueueTests(server), IClassFixture<ValkeyFixture>;

public sealed class EnqueueTestsOnGarnet(GarnetFixture server) : EnqueueTests(server), IClassFixture<GarnetFixture>;

public sealed class LeaseTestsOnRedis(RedisFixture server) : LeaseTests(server), IClassFixture<RedisFixture>;

public sealed class LeaseTestsOnValkey(ValkeyFixture server) : LeaseTests(server), IClassFixture<ValkeyFixture>;

public sealed class LeaseTestsOnGarnet(GarnetFixture server) : LeaseTests(server), IClassFixture<GarnetFixture>;

public sealed class CountTestsOnRedis(RedisFixture server) : CountTests(server), IClassFixture<RedisFixture>;

public sealed class CountTestsOnValkey(ValkeyFixture server) : CountTests(server), IClassFixture<ValkeyFixture>;

public sealed class CountTestsOnGarnet(GarnetFixture server) : CountTests(server), IClassFixture<GarnetFixture>;

public sealed class PromoteTestsOnRedis(RedisFixture server) : PromoteTests(server), IClassFixture<RedisFixture>;

public sealed class PromoteTestsOnValkey(ValkeyFixture server) : PromoteTests(server), IClassFixture<ValkeyFixture>;

public sealed class PromoteTestsOnGarnet(GarnetFixture server) : PromoteTests(server), IClassFixture<GarnetFixture>;

public sealed class SettlementTestsOnRedis(RedisFixture server) : SettlementTests(server), IClassFixture<RedisFixture>;

public sealed class SettlementTestsOnValkey(ValkeyFixture server) : SettlementTests(server), IClassFixture<ValkeyFixture>;

public sealed class SettlementTestsOnGarnet(GarnetFixture server) : SettlementTests(server), IClassFixture<GarnetFixture>;

public sealed class StepTestsOnRedis(RedisFixture server) : StepTests(server), IClassFixture<RedisFixture>;

public sealed class StepTestsOnValkey(ValkeyFixture server) : StepTests(server), IClassFixture<ValkeyFixture>;

public sealed class StepTestsOnGarnet(GarnetFixture server) : StepTests(server), IClassFixture<GarnetFixture>;

public sealed class StandingFetchTestsOnRedis(RedisFixture server) : StandingFetchTests(server), IClassFixture<RedisFixture>;

public sealed class StandingFetchTestsOnValkey(ValkeyFixture server) : StandingFetchTests(server), IClassFixture<ValkeyFixture>;

public sealed class StandingFetchTestsOnGarnet(GarnetFixture server) : StandingFetchTests(server), IClassFixture<GarnetFixture>;

public sealed class ExpiryTestsOnRedis(RedisFixture server) : ExpiryTests(server), IClassFixture<RedisFixture>;

public sealed class ExpiryTestsOnValkey(ValkeyFixture server) : ExpiryTests(server), IClassFixture<ValkeyFixture>;

public sealed class ExpiryTestsOnGarnet(GarnetFixture server) : ExpiryTests(server), IClassFixture<GarnetFixture>;

public sealed class UniqueTestsOnRedis(RedisFixture server) : UniqueTests(server), IClassFixture<RedisFixture>;

public sealed class UniqueTestsOnValkey(ValkeyFixture server) : UniqueTests(server), IClassFixture<ValkeyFixture>;

public sealed class UniqueTestsOnGarnet(GarnetFixture server) : UniqueTests(server), IClassFixture<GarnetFixture>;

public sealed class ConcurrencyTestsOnRedis(RedisFixture server) : ConcurrencyTests(server), IClassFixture<RedisFixture>;

public sealed class ConcurrencyTestsOnValkey(ValkeyFixture server) : ConcurrencyTests(server), IClassFixture<ValkeyFixture>;

public sealed class ConcurrencyTestsOnGarnet(GarnetFixture server) : ConcurrencyTests(server), IClassFixture<GarnetFixture>;

public sealed class RateTestsOnRedis(RedisFixture server) : RateTests(server), IClassFixture<RedisFixture>;

public sealed class RateTestsOnValkey(ValkeyFixture server) : RateTests(server), IClassFixture<ValkeyFixture>;

public sealed class RateTestsOnGarnet(GarnetFixture server) : RateTests(server), IClassFixture<GarnetFixture>;

public sealed class CancelTestsOnRedis(RedisFixture server) : CancelTests(server), IClassFixture<RedisFixture>;

public sealed class CancelTestsOnValkey(ValkeyFixture server) : CancelTests(server), IClassFixture<ValkeyFixture>;

public sealed class CancelTestsOnGarnet(GarnetFixture server) : CancelTests(server), IClassFixture<GarnetFixture>;

public sealed class PauseTestsOnRedis(RedisFixture server) : PauseTests(server), IClassFixture<RedisFixture>;

public sealed class PauseTestsOnValkey(ValkeyFixture server) : PauseTests(server), IClassFixture<ValkeyFixture>;

public sealed class PauseTestsOnGarnet(GarnetFixture server) : PauseTests(server), IClassFixture<GarnetFixture>;

public sealed class ParkTestsOnRedis(RedisFixture server) : ParkTests(server), IClassFixture<RedisFixture>;

public sealed class ParkTestsOnValkey(ValkeyFixture server) : ParkTests(server), IClassFixture<ValkeyFixture>;

public sealed class ParkTestsOnGarnet(GarnetFixture server) : ParkTests(server), IClassFixture<GarnetFixture>;

public sealed class CutConnectionTestsOnRedis(RedisFixture server) : CutConnectionTests(server), IClassFixture<RedisFixture>;

public sealed class CutConnectionTestsOnValkey(ValkeyFixture server) : CutConnectionTests(server), IClassFixture<ValkeyFixture>;

public sealed class CutConnectionTestsOnGarnet(GarnetFixture server) : CutConnectionTests(server), IClassFixture<GarnetFixture>;

public sealed class EveryServerTests
{
    [Fact]
    public void Each_class_of_broker_tests_that_needs_a_server_runs_on_every_kind()
    {
        var all = typeof(EveryServerTests).Assembly.GetTypes().Where(type => type.Namespace == typeof(EveryServerTests).Namespace).ToList();
        var needy = all.Where(type => type.BaseType == typeof(object) && type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(RedisFixture))));

        foreach (var type in needy)
        {
            all.Where(derived => derived.BaseType == type).Select(derived => derived.Name).Should().BeEquivalentTo(
                [$"{type.Name}OnRedis", $"{type.Name}OnValkey", $"{type.Name}OnGarnet"], $"{type.Name} has to pass on each of them");
        }
    }
}

public sealed class DeadSetTestsOnRedis(RedisFixture server) : DeadSetTests(server), IClassFixture<RedisFixture>;

public sealed class DeadSetTestsOnValkey(ValkeyFixture server) : DeadSetTests(server), IClassFixture<ValkeyFixture>;

public sealed class DeadSetTestsOnGarnet(GarnetFixture server) : DeadSetTests(server), IClassFixture<GarnetFixture>;

public sealed class HostileMessageTestsOnRedis(RedisFixture server) : HostileMessageTests(server), IClassFixture<RedisFixture>;

public sealed class HostileMessageTestsOnValkey(ValkeyFixture server) : HostileMessageTests(server), IClassFixture<ValkeyFixture>;

public sealed class HostileMessageTestsOnGarnet(GarnetFixture server) : HostileMessageTests(server), IClassFixture<GarnetFixture>;

public sealed class CopyTestsOnRedis(RedisFixture server) : CopyTests(server), IClassFixture<RedisFixture>;

public sealed class CopyTestsOnValkey(ValkeyFixture server) : CopyTests(server), IClassFixture<ValkeyFixture>;

public sealed class CopyTestsOnGarnet(GarnetFixture server) : CopyTests(server), IClassFixture<GarnetFixture>;

public sealed class WrongTypeTestsOnRedis(RedisFixture server) : WrongTypeTests(server), IClassFixture<RedisFixture>;

public sealed class WrongTypeTestsOnValkey(ValkeyFixture server) : WrongTypeTests(server), IClassFixture<ValkeyFixture>;

public sealed class WrongTypeTestsOnGarnet(GarnetFixture server) : WrongTypeTests(server), IClassFixture<GarnetFixture>;

public sealed class ServerClockTestsOnRedis(RedisFixture server) : ServerClockTests(server), IClassFixture<RedisFixture>;

public sealed class ServerClockTestsOnValkey(ValkeyFixture server) : ServerClockTests(server), IClassFixture<ValkeyFixture>;

public sealed class ServerClockTestsOnGarnet(GarnetFixture server) : ServerClockTests(server), IClassFixture<GarnetFixture>;

public sealed class ForgetTestsOnRedis(RedisFixture server) : ForgetTests(server), IClassFixture<RedisFixture>;

public sealed class ForgetTestsOnValkey(ValkeyFixture server) : ForgetTests(server), IClassFixture<ValkeyFixture>;

public sealed class ForgetTestsOnGarnet(GarnetFixture server) : ForgetTests(server), IClassFixture<GarnetFixture>;

public sealed class OptionRulesTestsOnRedis(RedisFixture server) : OptionRulesTests(server), IClassFixture<RedisFixture>;

public sealed class OptionRulesTestsOnValkey(ValkeyFixture server) : OptionRulesTests(server), IClassFixture<ValkeyFixture>;

public sealed class OptionRulesTestsOnGarnet(GarnetFixture server) : OptionRulesTests(server), IClassFixture<GarnetFixture>;

public sealed class UpperCaseIdTestsOnRedis(RedisFixture server) : UpperCaseIdTests(server), IClassFixture<RedisFixture>;

public sealed class UpperCaseIdTestsOnValkey(ValkeyFixture server) : UpperCaseIdTests(server), IClassFixture<ValkeyFixture>;

public sealed class UpperCaseIdTestsOnGarnet(GarnetFixture server) : UpperCaseIdTests(server), IClassFixture<GarnetFixture>;

public sealed class LargeBodyTestsOnRedis(RedisFixture server) : LargeBodyTests(server), IClassFixture<RedisFixture>;

public sealed class LargeBodyTestsOnValkey(ValkeyFixture server) : LargeBodyTests(server), IClassFixture<ValkeyFixture>;

public sealed class LargeBodyTestsOnGarnet(GarnetFixture server) : LargeBodyTests(server), IClassFixture<GarnetFixture>;

public sealed class NamespaceKeyTestsOnRedis(RedisFixture server) : NamespaceKeyTests(server), IClassFixture<RedisFixture>;

public sealed class NamespaceKeyTestsOnValkey(ValkeyFixture server) : NamespaceKeyTests(server), IClassFixture<ValkeyFixture>;

public sealed class NamespaceKeyTestsOnGarnet(GarnetFixture server) : NamespaceKeyTests(server), IClassFixture<GarnetFixture>;

public sealed class QueueKeepingTestsOnRedis(RedisFixture redis) : QueueKeepingTests(redis), IClassFixture<RedisFixture>;

public sealed class QueueKeepingTestsOnValkey(ValkeyFixture valkey) : QueueKeepingTests(valkey), IClassFixture<ValkeyFixture>;

public sealed class QueueKeepingTestsOnGarnet(GarnetFixture garnet) : QueueKeepingTests(garnet), IClassFixture<GarnetFixture>;
