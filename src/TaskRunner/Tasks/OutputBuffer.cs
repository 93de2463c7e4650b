using System.Buffers;

namespace TaskRunner;

/// <summary>Memory for one output, up to a limit: what has no end must not take all memory before somebody counts.</summary>
internal sealed class OutputBuffer : IBufferWriter<byte>
{
    private const int KeptCapacity = 64 * 1024;
    private byte[] bytes = new byte[512];
    private int length;
    private long limit;

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    /// <summary>Begins anew.</summary>
    /// <param name="most">Largest number of bytes.</param>
    public void Begin(long most)
    {
        limit = most;
        length = 0;
        if (bytes.Length > KeptCapacity)
        {
            bytes = new byte[512];
        }
    }

    /// <exception cref="OutputException">More was written than is allowed.</exception>
    public void Advance(int count)
    {
        length += count;
        ThrowIfOver(length);
    }

    /// <inheritdoc cref="Advance" path="/exception"/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        // A writer asks for six bytes a character, for the case that each must be escaped.
        ThrowIfOver(length + (sizeHint / 6));
        var needed = length + Math.Max(sizeHint, 256);
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, (int)Math.Min(Math.Max(needed, bytes.Length * 2L), Array.MaxLength));
        }

        return bytes.AsMemory(length);
    }

    /// <inheritdoc cref="Advance" path="/exception"/>
    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    private void ThrowIfOver(long count)
    {
        if (count > limit)
        {
            throw TaskOutput.TooLarge(limit);
        }
    }
}
