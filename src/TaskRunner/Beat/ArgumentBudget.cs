namespace TaskRunner.Beat;

/// <summary>Limits what the rows of one call take of memory: a call that reads more is repeated for fewer rows.</summary>
internal sealed class ArgumentBudget
{
    // Characters of arguments, of two bytes each. With messages of usual size no batch comes near it.
    private const long Most = 8 * 1024 * 1024;

    private long taken;
    private bool hasOne;

    /// <summary>Counts a row; the first one is always taken.</summary>
    /// <exception cref="InsufficientMemoryException">The rows are too large to be dealt with together.</exception>
    public void Take(DueSchedule schedule)
    {
        taken += schedule.Arguments.Length;
        if (hasOne && taken > Most)
        {
            throw new InsufficientMemoryException("the arguments of many schedules are too large to be read together");
        }

        hasOne = true;
    }
}
