using System.Globalization;
using TaskRunner.Beat;
using static TaskRunner.Tests.Beat.Model.BeatCommand;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>What a schedule is: drawn from a command, written by SQL or by the verbs.</summary>
internal sealed record ModelDefinition(int Every, bool IsCron, CatchUp CatchUp, OverlapPolicy Overlap, int? ExpiresSeconds)
{
    private static readonly int[] Intervals = [10, 10, 10, 60, 60, 300, 3600];

    private static readonly OverlapPolicy[] Policies = [OverlapPolicy.Allow, OverlapPolicy.Allow, OverlapPolicy.Allow, OverlapPolicy.Skip, OverlapPolicy.Buffer, OverlapPolicy.Cancel];

    private string Cron => Every == 3600 ? "0 * * * *" : string.Create(CultureInfo.InvariantCulture, $"*/{Every / 60} * * * *");

    /// <summary>The columns of its timing, in SQL.</summary>
    public string Timing => IsCron ? $"cron = '{Cron}', every_ms = NULL" : string.Create(CultureInfo.InvariantCulture, $"cron = NULL, every_ms = {Every * 1000}");

    public static ModelDefinition Of(BeatCommand command)
    {
        var every = Pick(command.Number, Intervals);
        return new(every, every >= 60 && command.Target % 2 == 0, Pick(command.Kind / 2, Enum.GetValues<CatchUp>()), Pick(command.Target / 2, Policies), Pick(command.Number / 7, [null, null, null, (int?)25]));
    }

    /// <summary>The statement that adds it.</summary>
    public string Insert(string key, string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        INSERT INTO taskrunner.schedules (namespace, name, task, cron, every_ms, catch_up, overlap, expires_ms)
        VALUES ('{key}', '{name}', 't', {(IsCron ? $"'{Cron}', NULL" : $"NULL, {Every * 1000}")}, '{ScheduleWords.CatchUps.Of(CatchUp)}', '{ScheduleWords.Overlaps.Of(Overlap)}', {(ExpiresSeconds is { } seconds ? seconds * 1000 : "NULL")})
        """);

    /// <summary>The same for the verbs.</summary>
    public ScheduleDeclaration Declare(string name) => new()
    {
        Name = name,
        Timing = IsCron ? new ScheduleTiming { Cron = Cron } : new ScheduleTiming { Every = TimeSpan.FromSeconds(Every) },
        Task = "t",
        Queue = "default",
        Priority = 5,
        CatchUp = CatchUp,
        Overlap = Overlap,
        Expires = ExpiresSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"every {Every} s{(IsCron ? " by cron" : "")}, catch-up {CatchUp}, overlap {Overlap}{(ExpiresSeconds is { } seconds ? $", expires after {seconds} s" : "")}");
}
