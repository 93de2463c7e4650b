namespace TaskRunner.Broker;

/// <summary>
/// Notes which fields of a message were read. A second one of a name is refused: readers of other languages take the first or the last, and text that was put
/// into a message unchecked could choose another task.
/// </summary>
internal struct EnvelopeFields
{
    private uint seen;

    /// <summary>Notes a field.</summary>
    /// <param name="number">Which one it is, 0 to 31.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="EnvelopeException">It was noted before.</exception>
    public void Add(int number, string name)
    {
        var bit = 1u << number;
        if ((seen & bit) != 0)
        {
            throw new EnvelopeException($"The field \"{name}\" of the message is given twice.");
        }

        seen |= bit;
    }
}
