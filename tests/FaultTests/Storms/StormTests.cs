using TaskRunner.FaultTests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Storms;

/// <summary>Everything that may die does, at random: short storms with every run of the tests, long ones with <c>make soak</c>.</summary>
public sealed class StormTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Tasks_under_random_kills_freezes_and_terminations_are_neither_lost_nor_held_twice()
    {
        var plan = Soak.IsOn("storm")
            ? new StormPlan(Soak.Seed, Tasks: 100_000, Rate: 200, LongestTask: 300) { Kills = 200, Pause = TimeSpan.FromSeconds(1.2) }
            : new StormPlan(Soak.Seed, Tasks: 800, Rate: 40, LongestTask: 1_500)
            {
                Kills = 5,
                Pause = TimeSpan.FromSeconds(0.8),

                // The short run shares its machine with other tests; the promise of 12 s is held by the long one.
                RecoveryLimit = TimeSpan.FromSeconds(20),
            };
        await using var storm = new Storm(plan, output);

        await storm.RunAsync();
    }

    [Fact]
    public async Task Tasks_across_restarts_of_Redis_are_not_lost()
    {
        var plan = Soak.IsOn("storm")
            ? new StormPlan(Soak.Seed, Tasks: 1_000, Rate: 20, LongestTask: 400) { Restarts = 20 }
            : new StormPlan(Soak.Seed, Tasks: 200, Rate: 40, LongestTask: 200) { Restarts = 2, Workers = 2, Pause = TimeSpan.FromSeconds(0.5) };
        await using var storm = new Storm(plan, output);

        await storm.RunAsync();
    }
}
