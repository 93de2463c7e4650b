namespace TaskRunner.Broker;

/// <summary>Where tasks of some names go when whoever enqueues them does not say.</summary>
/// <param name="Pattern">A task name, 1 to 200 characters, in which <c>*</c> stands for any run of characters and <c>?</c> for one.</param>
/// <param name="Queue">The queue.</param>
/// <param name="Priority">0 (lowest) to 9 (highest); null leaves it to the task.</param>
public sealed record TaskRoute(string Pattern, string Queue, int? Priority = null)
{
    /// <summary>Whether the pattern covers a task name; upper and lower case differ.</summary>
    public bool Covers(string task)
    {
        // The usual walk with one point to come back to: linear for names and patterns as people write them.
        int at = 0, pattern = 0, star = -1, resume = 0;
        while (at < task.Length)
        {
            if (pattern < Pattern.Length && Pattern[pattern] == '*')
            {
                star = pattern++;
                resume = at;
            }
            else if (pattern < Pattern.Length && (Pattern[pattern] == '?' || Pattern[pattern] == task[at]))
            {
                pattern++;
                at++;
            }
            else if (star >= 0)
            {
                pattern = star + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        return Pattern.AsSpan(pattern).TrimStart('*').IsEmpty;
    }
}
