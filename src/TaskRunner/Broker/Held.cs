namespace TaskRunner.Broker;

/// <summary>One message that a worker holds, as it came from the broker.</summary>
/// <param name="Queue">The queue it came from.</param>
/// <param name="Bytes">The whole message; its id is what the broker knows it by.</param>
internal readonly record struct Held(string Queue, byte[] Bytes)
{
    /// <summary>The id in the form that the broker uses.</summary>
    public string Id { get; } = Envelope.IdOf(Bytes);

    /// <summary>How often it was taken back from a dead worker.</summary>
    public int Redeliveries => Envelope.RedeliveriesOf(Bytes);
}
