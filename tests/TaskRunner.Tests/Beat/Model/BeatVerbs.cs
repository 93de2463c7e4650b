using System.Globalization;
using static TaskRunner.Tests.Beat.Model.BeatCommand;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>What happens to beats: turns, deaths, cuts.</summary>
internal static class BeatVerbs
{
    private const int MostTurns = 4;

    public static IReadOnlyList<BeatVerb> All { get; } =
    [
        new("a beat turns", 12, TurnAsync),
        new("all beats turn at once", 12, TurnAllAsync),
        new("a beat dies at the database", 8, (world, command) => CutAsync(world, command, forGood: true)),
        new("a connection is cut", 6, (world, command) => CutAsync(world, command, forGood: false)),
        new("a beat dies at the broker", 6, AskAsync),
        new("all connections are terminated", 2, TerminateAsync),
        new("a janitor comes", 3, CleanAsync),
        new("another installation comes", 1, ComeAsync),
    ];

    private static async Task<string?> TurnAsync(BeatWorld world, BeatCommand command)
    {
        var beat = Pick(command.Target, world.Beats);
        await beat.TurnAsync();
        return beat.Name;
    }

    private static async Task<string?> TurnAllAsync(BeatWorld world, BeatCommand command)
    {
        await Task.WhenAll(world.Beats.Select(beat => Task.Run(beat.TurnAsync)));
        return "";
    }

    private static async Task<string?> CutAsync(BeatWorld world, BeatCommand command, bool forGood)
    {
        var beat = Pick(command.Target, world.Beats);
        var at = 1 + (command.Number / 2);
        beat.Wire.Arm(at, executed: command.IsOdd, forGood);
        var turns = 0;
        while (turns++ < MostTurns && !beat.Wire.HasCut)
        {
            await beat.TurnAsync();
        }

        beat.Wire.Disarm();
        if (forGood)
        {
            await world.ReplaceAsync(beat);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{beat.Name} at message {at}, {(command.IsOdd ? "carried out" : "not carried out")}, in turn {turns}");
    }

    private static async Task<string?> AskAsync(BeatWorld world, BeatCommand command)
    {
        var beat = Pick(command.Target, world.Beats);
        var fate = Pick(command.Kind, Enum.GetValues<Fate>());
        beat.Next = fate;
        for (var turn = 0; turn < MostTurns && beat.Next is not null && !beat.IsDead; turn++)
        {
            await beat.TurnAsync();
        }

        await world.ReplaceAsync(beat);
        return $"{beat.Name} {fate}";
    }

    private static async Task<string?> TerminateAsync(BeatWorld world, BeatCommand command)
    {
        await world.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'taskrunner'");
        return "";
    }

    private static async Task<string?> CleanAsync(BeatWorld world, BeatCommand command)
    {
        var beat = Pick(command.Target, world.Beats);
        await world.CleanAsync(beat);
        return beat.Name;
    }

    private static async Task<string?> ComeAsync(BeatWorld world, BeatCommand command)
    {
        await world.AddPlaceAsync();
        return "";
    }
}
