namespace TaskRunner.Resp;

/// <summary>What one reply may ask of the reader's memory before it is taken for corruption.</summary>
internal sealed record RespLimits
{
    public static RespLimits Default { get; } = new();

    /// <summary>Aggregates inside aggregates.</summary>
    public int Depth { get; init; } = 16;

    /// <summary>Bytes of a simple string, error, number or header.</summary>
    public int LineLength { get; init; } = 64 * 1024;

    /// <summary>Bytes of a bulk string.</summary>
    public int BulkLength { get; init; } = 256 * 1024 * 1024;

    /// <summary>Elements of one aggregate; a map's pairs count twice.</summary>
    public int Elements { get; init; } = 16 * 1024 * 1024;
}
