using System.Globalization;
using System.Text;
using TaskRunner.Broker;
using static TaskRunner.Tests.Beat.Model.BeatCommand;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>What people do to schedules, by plain SQL and by what the verbs of <c>schedule</c> call.</summary>
internal static class ScheduleVerbs
{
    private const int MostSchedules = 8;

    private static readonly int[] Moves = [-3, -1, -1, -12, 1, 2, 5, 40];

    public static IReadOnlyList<BeatVerb> All { get; } =
    [
        new("add", 12, AddAsync),
        new("edit", 4, EditAsync),
        new("pause", 2, PauseAsync),
        new("resume", 4, ResumeAsync),
        new("remove", 2, RemoveAsync),
        new("run", 2, RunAsync),
        new("tick by hand", 2, TickAsync),
        new("move next_due", 5, MoveAsync),
        new("forget next_due", 1, (world, command) => UpdateAsync(world, command, "next_due = NULL")),
        new("rename", 2, RenameAsync),
        new("describe", 2, (world, command) => UpdateAsync(world, command, $"description = 'number {command.Number}', priority = {command.Number % 10}")),
        new("move to another queue", 3, (world, command) => UpdateAsync(world, command, $"queue = 'queue-{command.Number % 3}'")),
    ];

    private static async Task<string?> AddAsync(BeatWorld world, BeatCommand command)
    {
        if (world.Present.Count >= MostSchedules)
        {
            return null;
        }

        var (place, definition) = (Pick(command.Target, world.Places), ModelDefinition.Of(command));
        var name = world.NextName();
        if (command.IsOdd)
        {
            await world.ExecuteAsync(definition.Insert(place.Key, name));
        }
        else
        {
            await place.Table.AddAsync([definition.Declare(name)], CancellationToken.None);
        }

        await world.AddedAsync(place, name, definition.Every);
        return $"{place}/{name} {(command.IsOdd ? "by SQL" : "by verb")}: {definition}";
    }

    private static Task<string?> EditAsync(BeatWorld world, BeatCommand command)
    {
        var definition = ModelDefinition.Of(command);
        return world.EditAsync(
            command,
            schedule => command.IsOdd
                ? world.ExecuteAsync($"UPDATE taskrunner.schedules SET {definition.Timing} WHERE id = '{schedule.Id}'")
                : schedule.Place.Table.EditAsync(definition.Declare(schedule.Name), CancellationToken.None),
            definition.Every,
            $"{definition}");
    }

    private static Task<string?> PauseAsync(BeatWorld world, BeatCommand command) => world.EditAsync(command, schedule => command.IsOdd
        ? world.ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = false WHERE id = '{schedule.Id}'")
        : schedule.Place.Table.PauseAsync(schedule.Name, "a reason", "somebody", CancellationToken.None));

    private static Task<string?> ResumeAsync(BeatWorld world, BeatCommand command) => world.EditAsync(command, schedule => command.IsOdd
        ? world.ExecuteAsync($"UPDATE taskrunner.schedules SET enabled = true WHERE id = '{schedule.Id}'")
        : schedule.Place.Table.ResumeAsync(schedule.Name, CancellationToken.None));

    private static Task<string?> RemoveAsync(BeatWorld world, BeatCommand command) => world.EditAsync(command, schedule => command.IsOdd
        ? world.ExecuteAsync($"DELETE FROM taskrunner.schedules WHERE id = '{schedule.Id}'")
        : schedule.Place.Table.RemoveAsync(schedule.Name, CancellationToken.None));

    private static Task<string?> RenameAsync(BeatWorld world, BeatCommand command) => world.EditAsync(command, async schedule =>
    {
        var name = world.NextName();
        await world.ExecuteAsync($"UPDATE taskrunner.schedules SET name = '{name}' WHERE id = '{schedule.Id}'");
        schedule.Name = name;
    });

    private static Task<string?> UpdateAsync(BeatWorld world, BeatCommand command, string what) =>
        world.EditAsync(command, schedule => world.ExecuteAsync($"UPDATE taskrunner.schedules SET {what} WHERE id = '{schedule.Id}'"));

    // As many intervals from its last nominal tick, sometimes beside it.
    private static Task<string?> MoveAsync(BeatWorld world, BeatCommand command)
    {
        var (by, aside) = (Pick(command.Number, Moves), Pick(command.Kind, [0, 0, 3]));
        return world.EditAsync(
            command,
            schedule => world.ExecuteAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"UPDATE taskrunner.schedules SET next_due = to_timestamp((floor(extract(epoch FROM now()) / {schedule.Every}) + {by}) * {schedule.Every} + {aside}) WHERE id = '{schedule.Id}'")),
            what: string.Create(CultureInfo.InvariantCulture, $"by {by} and {aside} s"));
    }

    // As the verb does: a task of its own, beside the ticks.
    private static async Task<string?> RunAsync(BeatWorld world, BeatCommand command)
    {
        if (world.Present.Count == 0)
        {
            return null;
        }

        var schedule = Pick(command.Target, world.Present);
        try
        {
            await schedule.Place.Broker.RunAsync(new TaskMessage
            {
                Id = Guid.CreateVersion7(),
                Task = "t",
                Queue = "default",
                Priority = 5,
                Arguments = Encoding.UTF8.GetBytes("{}"),
                EnqueuedAt = world.Time.GetUtcNow(),
                Schedule = schedule.Name,
            });
        }
        catch (BrokerUnavailableException)
        {
            return $"{schedule}: the broker is away";
        }

        return $"{schedule}";
    }

    private static async Task<string?> TickAsync(BeatWorld world, BeatCommand command)
    {
        if (world.Present.Count == 0)
        {
            return null;
        }

        var schedule = Pick(command.Target, world.Present);
        var nominal = command.IsOdd ? "now()" : $"date_trunc('minute', now()) - interval '{command.Number} minutes'";
        await world.ExecuteAsync($"INSERT INTO taskrunner.ticks (schedule_id, nominal) VALUES ('{schedule.Id}', {nominal}) ON CONFLICT DO NOTHING");
        return $"{schedule} at {nominal}";
    }
}
