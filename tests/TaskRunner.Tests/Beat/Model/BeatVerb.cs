namespace TaskRunner.Tests.Beat.Model;

/// <summary>What may happen to schedules, beats, stores and clocks.</summary>
/// <param name="Name">What it is called in a report.</param>
/// <param name="Share">How often it is drawn.</param>
/// <param name="DoAsync">Does it, and says to what; null when there was nothing to do it to.</param>
internal sealed record BeatVerb(string Name, int Share, Func<BeatWorld, BeatCommand, Task<string?>> DoAsync)
{
    public static IReadOnlyList<BeatVerb> All { get; } = [.. ScheduleVerbs.All, .. BeatVerbs.All, .. StoreVerbs.All];
}
