namespace TaskRunner.Broker;

/// <summary>What a program needs to know to use the broker, beside the address.</summary>
public sealed record BrokerOptions
{
    /// <summary>Keeps several installations apart on one Redis; part of every key.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>Largest message in bytes, 1 KiB to 64 MiB; a larger one is refused at enqueue.</summary>
    public int MaxPayloadBytes { get; init; } = 256 * 1024;

    /// <summary>Whether results are kept for the database.</summary>
    public bool KeepResults { get; init; }

    /// <summary>How many dead tasks each queue keeps; the oldest go first.</summary>
    public int MaxDeadTasks { get; init; } = 10_000;

    /// <summary>How many bytes of dead tasks each queue keeps, messages and errors; the oldest go first.</summary>
    public long MaxDeadBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>For how long a queue keeps dead tasks.</summary>
    public TimeSpan MaxDeadAge { get; init; } = TimeSpan.FromDays(90);

    /// <summary>Retries that a queue allows for 100 attempts within <see cref="RetryBudgetWindow"/>, all workers together, 1 to 100; 0 for any number.</summary>
    public int RetryBudget { get; init; }

    /// <summary>The time over which attempts and retries are counted.</summary>
    public static readonly TimeSpan RetryBudgetWindow = TimeSpan.FromMinutes(1);

    /// <summary>So many retries in a window are within the budget whatever the number of attempts.</summary>
    public const int RetriesAlwaysAllowed = 10;

    /// <summary>How often a task may be taken back from a dead worker before it is held to be the cause, 0 to 98.</summary>
    public int MaxRedeliveries { get; init; } = 3;
}
