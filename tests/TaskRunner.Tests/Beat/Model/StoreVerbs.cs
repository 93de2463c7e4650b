using System.Globalization;
using static TaskRunner.Tests.Beat.Model.BeatCommand;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>What happens to brokers, workers and clocks.</summary>
internal static class StoreVerbs
{
    private static readonly int[] Steps = [1, 2, 3, 4, 7, 11, 20, 35, 61, 200, 4000];

    private static readonly int[] Errors = [-7200, -90, -20, -2, 2, 8, 40, 600, 5000, 259_200];

    public static IReadOnlyList<BeatVerb> All { get; } =
    [
        new("time passes", 24, PassAsync),
        new("the clock jumps", 3, JumpAsync),
        new("the clock is set right", 3, RightAsync),
        new("the broker goes away", 3, (world, command) => BrokerAsync(world, command, isAway: true)),
        new("the broker comes back", 4, (world, command) => BrokerAsync(world, command, isAway: false)),
        new("an answer of the broker is lost", 5, SilentAsync),
        new("the broker loses its data", 1, ForgetAsync),
        new("workers finish tasks", 5, FinishAsync),
        new("a calm week passes", 1, CalmAsync),
    ];

    private static async Task<string?> PassAsync(BeatWorld world, BeatCommand command)
    {
        var seconds = Pick(command.Number, Steps);
        await world.Time.PassAsync(seconds);
        return Seconds(seconds);
    }

    private static async Task<string?> JumpAsync(BeatWorld world, BeatCommand command)
    {
        var seconds = Pick(command.Number, Errors);
        await world.Time.JumpAsync(TimeSpan.FromSeconds(seconds));
        return Seconds(seconds);
    }

    private static async Task<string?> RightAsync(BeatWorld world, BeatCommand command)
    {
        await world.Time.JumpAsync(TimeSpan.Zero);
        return "";
    }

    private static Task<string?> BrokerAsync(BeatWorld world, BeatCommand command, bool isAway)
    {
        var place = Pick(command.Target, world.Places);
        place.Broker.IsAway = isAway;
        return Task.FromResult<string?>($"{place}");
    }

    private static Task<string?> SilentAsync(BeatWorld world, BeatCommand command)
    {
        var place = Pick(command.Target, world.Places);
        place.Broker.SilentShare = Pick(command.Number, [0.5, 1, 1]);
        return Task.FromResult<string?>(string.Create(CultureInfo.InvariantCulture, $"{place} {place.Broker.SilentShare}"));
    }

    private static Task<string?> ForgetAsync(BeatWorld world, BeatCommand command)
    {
        var place = Pick(command.Target, world.Places);
        place.Broker.Forget();
        return Task.FromResult<string?>($"{place}");
    }

    private static async Task<string?> FinishAsync(BeatWorld world, BeatCommand command)
    {
        var place = Pick(command.Target, world.Places);
        var ids = place.Broker.Unfinished;
        await world.FinishAsync(place, command.IsOdd ? ids : [.. ids.Take(1 + (ids.Count / 2))]);
        return $"{place}";
    }

    private static async Task<string?> CalmAsync(BeatWorld world, BeatCommand command)
    {
        await world.CalmAsync(Pick(command.Number, [26, 26, 24 * 9]));
        return "";
    }

    private static string Seconds(int seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds} s");
}
