namespace TaskRunner.Results;

/// <summary>The word for each state in the database and in everything that is printed.</summary>
public static class TaskStateName
{
    /// <summary>The word for a state, for example <c>succeeded</c>.</summary>
    public static string Of(TaskState state) => state switch
    {
        TaskState.Waiting => "waiting",
        TaskState.Delayed => "delayed",
        TaskState.Running => "running",
        TaskState.Retrying => "retrying",
        TaskState.Succeeded => "succeeded",
        TaskState.Dead => "dead",
        TaskState.Expired => "expired",
        TaskState.Cancelled => "cancelled",
        TaskState.Parked => "parked",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
    };

    /// <summary>Whether a task in this state is over: it changes no more, unless somebody retries it.</summary>
    public static bool IsFinal(TaskState state) => state is TaskState.Succeeded or TaskState.Dead or TaskState.Expired or TaskState.Cancelled;

    /// <summary>The state that a word means.</summary>
    /// <exception cref="FormatException">No state is called so.</exception>
    public static TaskState Parse(string name) => name switch
    {
        "waiting" => TaskState.Waiting,
        "delayed" => TaskState.Delayed,
        "running" => TaskState.Running,
        "retrying" => TaskState.Retrying,
        "succeeded" => TaskState.Succeeded,
        "dead" => TaskState.Dead,
        "expired" => TaskState.Expired,
        "cancelled" => TaskState.Cancelled,
        "parked" => TaskState.Parked,
        _ => throw new FormatException($"No task state is called '{name}'."),
    };
}
