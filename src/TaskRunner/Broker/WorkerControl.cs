using System.Globalization;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>
/// What <c>control</c> asked of one worker, as a hash in the broker. Each field is a wish of its own, so that two people who change
/// different things do not undo each other's; the worker reads them all with every heartbeat.
/// </summary>
internal sealed record WorkerControl
{
    /// <summary>How long a wish waits for a worker that does not answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private const string RevisionField = "revision";
    private const string ConcurrencyField = "concurrency";
    private const string OrderField = "order";
    private const string ShutdownField = "shutdown";
    private const string QueuePrefix = "queue:";

    /// <summary>Changes with each wish; empty when there is none.</summary>
    public string Revision { get; init; } = "";

    /// <summary>How many tasks are to run at a time; null as it was.</summary>
    public int? Concurrency { get; init; }

    /// <summary>Name of the order across queues; null as it was.</summary>
    public string? Order { get; init; }

    /// <summary>Queue to weight; 0 takes the queue away.</summary>
    public IReadOnlyDictionary<string, int> Queues { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether the worker is to drain and end.</summary>
    public bool Shutdown { get; init; }

    /// <summary>The hash's fields and values, in turns; what is not wished for is left out.</summary>
    public IReadOnlyList<string> ToFields()
    {
        List<string> fields = [RevisionField, Revision];
        if (Concurrency is { } concurrency)
        {
            fields.AddRange([ConcurrencyField, concurrency.ToString(CultureInfo.InvariantCulture)]);
        }

        if (Order is { } order)
        {
            fields.AddRange([OrderField, order]);
        }

        foreach (var (queue, weight) in Queues)
        {
            fields.AddRange([QueuePrefix + queue, weight.ToString(CultureInfo.InvariantCulture)]);
        }

        if (Shutdown)
        {
            fields.AddRange([ShutdownField, "1"]);
        }

        return fields;
    }

    /// <summary>Reads the reply to HGETALL; fields that this version does not know are passed over.</summary>
    public static WorkerControl Read(RespValue hash)
    {
        var control = new WorkerControl();
        var queues = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var pair in hash.Items.Chunk(2))
        {
            var (field, value) = (pair[0].AsString(), pair[1].AsString());
            control = field switch
            {
                RevisionField => control with { Revision = value },
                ConcurrencyField => control with { Concurrency = Number(value) },
                OrderField => control with { Order = value },
                ShutdownField => control with { Shutdown = true },
                _ => control,
            };
            if (field.StartsWith(QueuePrefix, StringComparison.Ordinal) && Number(value) is { } weight)
            {
                queues[field[QueuePrefix.Length..]] = weight;
            }
        }

        return control with { Queues = queues };
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
