namespace TaskRunner.Broker;

/// <summary>Settlements that the broker refused by themselves; the rest of the round trip was carried out.</summary>
/// <param name="Queue">Their queue.</param>
/// <param name="Work">The script that was refused.</param>
/// <param name="Reason">One sentence that names the queue.</param>
/// <param name="Settlements">All of them have to be sent again.</param>
internal sealed record RefusedSettlements(string Queue, string Work, string Reason, IReadOnlyList<Settlement> Settlements);
