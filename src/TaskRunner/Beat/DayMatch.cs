namespace TaskRunner.Beat;

/// <summary>Which days a cron expression means that restricts day of month and day of week.</summary>
public enum DayMatch
{
    /// <summary>Days that match both, as Celery has it.</summary>
    And,

    /// <summary>Days that match one of the two, as classic cron has it; a field that starts with <c>*</c> or is <c>?</c> restricts nothing.</summary>
    Or,
}
