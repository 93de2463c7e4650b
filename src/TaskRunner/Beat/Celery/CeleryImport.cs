namespace TaskRunner.Beat.Celery;

/// <summary>What the periodic tasks of Celery become here.</summary>
/// <param name="Schedules">Schedules that run at the same times.</param>
/// <param name="LeftOut">One sentence for each periodic task that cannot be taken over, or that is not wanted here.</param>
/// <param name="Remarks">One sentence for each thing that is taken over with a difference.</param>
internal sealed record CeleryImport(IReadOnlyList<ScheduleDeclaration> Schedules, IReadOnlyList<string> LeftOut, IReadOnlyList<string> Remarks)
{
    /// <summary>Translates all entries.</summary>
    /// <param name="entries">The rows of Celery's tables.</param>
    /// <param name="now">The time: tasks that run once and are over are left out.</param>
    public static CeleryImport Of(IEnumerable<CeleryEntry> entries, DateTimeOffset now)
    {
        var (schedules, leftOut, remarks) = (new List<ScheduleDeclaration>(), new List<string>(), new List<string>());
        foreach (var entry in entries)
        {
            var translation = new CeleryTranslation(entry, now);
            if (translation.Read() is { } schedule)
            {
                schedules.Add(schedule);
                remarks.AddRange(translation.Remarks);
            }
            else
            {
                leftOut.AddRange(translation.Reasons);
            }
        }

        return new CeleryImport(schedules, leftOut, remarks);
    }
}
