namespace TaskRunner.Observability;

/// <summary>Whether a loop still turns. A loop that has not turned yet is given the same time from the start.</summary>
/// <param name="name">Name of the loop.</param>
/// <param name="maxAge">Longest time between two turns of a loop that is well.</param>
/// <param name="time">Clock.</param>
internal sealed class LoopProgress(string name, TimeSpan maxAge, TimeProvider time) : IHealthCheck
{
    private long _lastTurn = time.GetTimestamp();

    public string Name => name;

    public void Turned() => Volatile.Write(ref _lastTurn, time.GetTimestamp());

    public string? Check()
    {
        var age = time.GetElapsedTime(Volatile.Read(ref _lastTurn));
        return age <= maxAge ? null : $"the last turn was {age.TotalSeconds:0} s ago, more than {maxAge.TotalSeconds:0.#} s";
    }
}
