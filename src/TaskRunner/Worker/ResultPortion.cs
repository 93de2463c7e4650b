namespace TaskRunner.Worker;

/// <summary>
/// How many results of a list to read at once: up to 500, and no more than some megabytes, as far as the ones before tell. Nothing is known
/// at first, and after a failure, which may have been one of memory.
/// </summary>
internal sealed class ResultPortion
{
    private const int Most = 500;
    private const int First = 32;
    private const int Growth = 8;
    private const long Bytes = 8 * 1024 * 1024;

    /// <summary>How many to ask for.</summary>
    public int Next { get; private set; } = First;

    /// <summary>Results were read.</summary>
    public void Read(IReadOnlyList<byte[]> records)
    {
        if (records.Count > 0)
        {
            var largest = Math.Max(1, records.Max(record => record.Length));
            Next = (int)Math.Clamp(Bytes / largest, 1, Math.Min(Most, (long)Next * Growth));
        }
    }

    /// <summary>Reading them, or what was done with them, failed.</summary>
    public void Failed() => Next = Math.Clamp(Next / Growth, 1, First);
}
