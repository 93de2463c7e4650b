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

    /// <summary>How often a task may be taken back from a dead worker before it is held to be the cause, 0 to 98.</summary>
    public int MaxRedeliveries { get; init; } = 3;
}
