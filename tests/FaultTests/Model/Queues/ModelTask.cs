using System.Globalization;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>A task as the model knows it. It is in exactly one place, because it has one.</summary>
internal sealed class ModelTask(string id, int priority, ModelRules rules)
{
    public const string Delayed = "delayed";

    public const string Dead = "dead";

    /// <summary>In no key of the queue: it has ended, or its end is being decided.</summary>
    public const string Gone = "";

    public string Id => id;

    public int Priority => priority;

    public ModelRules Rules => rules;

    public string Place { get; set; } = Gone;

    /// <summary>Orders the tasks of one place.</summary>
    public long Position { get; set; }

    public int Attempt { get; set; }

    public int Redeliveries { get; set; }

    public bool HoldsKey { get; set; }

    public bool HasSlot { get; set; }

    /// <summary>Whether its start was counted by its rate limits while it waited for them.</summary>
    public bool IsCounted { get; set; }

    public bool IsOverdue { get; set; }

    /// <summary>How it ended; null when it has not, or was thrown away.</summary>
    public string? End { get; set; }

    public string? DeadReason { get; set; }

    public bool IsGone => Place.Length == 0;

    public bool IsReady => Place.StartsWith("ready ", StringComparison.Ordinal);

    public bool IsParked => Place.StartsWith("parked ", StringComparison.Ordinal);

    public string? Holder => Place.StartsWith("held ", StringComparison.Ordinal) ? Place[5..] : null;

    public static string Ready(int priority) => string.Create(CultureInfo.InvariantCulture, $"ready {priority}");

    public static string Parked(string bucket) => $"parked {bucket}";

    public static string Held(string worker) => $"held {worker}";

    public override string ToString() => Describe(Id, Priority, Redeliveries, Attempt, HasSlot, IsCounted, IsOverdue);

    /// <summary>A task in one word, the same for the model and for the server.</summary>
    public static string Describe(string id, int priority, int redeliveries, int attempt, bool hasSlot, bool isCounted, bool isOverdue) => string.Create(
        CultureInfo.InvariantCulture,
        $"{int.Parse(id, NumberStyles.HexNumber, CultureInfo.InvariantCulture)}/p{priority}/r{redeliveries}/a{attempt}{(hasSlot ? "/slot" : "")}{(isCounted ? "/counted" : "")}{(isOverdue ? "/overdue" : "")}");
}
