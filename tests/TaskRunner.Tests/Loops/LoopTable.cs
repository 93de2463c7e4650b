namespace TaskRunner.Tests.Loops;

/// <summary>Every background loop of the program, with its steps. A test compares it with the source, so a new loop must stand here and be tried.</summary>
internal static class LoopTable
{
    public static (string Loop, string[] Steps)[] Worker { get; } =
    [
        ("broker-check", ["start"]),
        ("database", ["start", "ask"]),
        ("fetch", ["collect", "turn", "settled", "sleep"]),
        ("gauges", ["read"]),
        ("heartbeat", ["start", "lease", "adopt", "recover", "cancel", "report"]),
        ("janitor", ["start", "round"]),
        ("log", ["write"]),
        ("queues", ["start", "round"]),
        ("groups", ["start", "round"]),
        ("redis-commands", ["start", "open", "serve"]),
        ("redis-sleeper", ["start", "open", "serve"]),
        ("results", ["start", "begin", "effects", "write"]),
        ("threads", ["start", "look"]),
    ];

    public static (string Loop, string[] Steps)[] Beat { get; } =
    [
        ("beat", ["start", "turn", "claim", "tend"]),
        ("broker-check", ["start"]),
        ("database", ["start", "ask"]),
        ("gauges", ["read"]),
        ("log", ["write"]),
        ("queue-counter", ["start", "round"]),
        ("redis-commands", ["start", "open", "serve"]),
        ("tick-janitor", ["start", "round"]),
    ];

    public static (string Loop, string[] Steps)[] Client { get; } =
    [
        ("enqueue", ["take", "send"]),
        ("redis-commands", ["start", "open", "serve"]),
    ];

    /// <summary>Loops that need a world of their own, and the tests that try them.</summary>
    public static (string Loop, string Test)[] Elsewhere { get; } =
    [
        ("deletion-cost", nameof(LoopSupervisorTests.Deletion_cost_is_told_after_an_unexpected_exception)),
        ("redis", "the supervisor of a client that was given none: the same loop as redis-commands"),
    ];
}
