using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace TaskRunner.Resp;

/// <summary>Encodes requests, one behind the other, into a pooled buffer that grows.</summary>
internal sealed class RespWriter
{
    // A buffer above this size goes back to the pool once it was sent, so that one burst does not hold memory for ever.
    private const int KeptCapacity = 1024 * 1024;
    private const int FirstCapacity = 4096;

    // A prefix, the 20 characters of the longest number, and a line end.
    private const int HeaderLength = 23;

    private byte[] _buffer = [];

    public int Length { get; private set; }

    /// <summary>What was written since the last <see cref="Clear"/>; valid until the next write.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Length);

    public void WriteArrayHeader(int count) => WriteHeader((byte)'*', count);

    public void WriteBulk(ReadOnlySpan<byte> content)
    {
        WriteHeader((byte)'$', content.Length);
        var target = Reserve(content.Length + 2);
        content.CopyTo(target);
        "\r\n"u8.CopyTo(target[content.Length..]);
        Length += content.Length + 2;
    }

    /// <summary>Writes text as UTF-8.</summary>
    public void WriteBulk(string content)
    {
        var length = Encoding.UTF8.GetByteCount(content);
        WriteHeader((byte)'$', length);
        var target = Reserve(length + 2);
        Encoding.UTF8.GetBytes(content, target);
        "\r\n"u8.CopyTo(target[length..]);
        Length += length + 2;
    }

    public void WriteBulk(long content)
    {
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(content, digits, out var length);
        WriteBulk(digits[..length]);
    }

    /// <summary>Writes what is encoded already.</summary>
    public void WriteRaw(ReadOnlySpan<byte> encoded)
    {
        encoded.CopyTo(Reserve(encoded.Length));
        Length += encoded.Length;
    }

    public void Clear()
    {
        Length = 0;
        if (_buffer.Length > KeptCapacity)
        {
            Release();
        }
    }

    /// <summary>Takes back everything written after the given length.</summary>
    public void Truncate(int length) => Length = Math.Min(length, Length);

    /// <summary>Gives the buffer back; the writer starts anew with the next write.</summary>
    public void Release()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = [];
        Length = 0;
    }

    private void WriteHeader(byte prefix, int number)
    {
        var target = Reserve(HeaderLength);
        target[0] = prefix;
        Utf8Formatter.TryFormat(number, target[1..], out var digits);
        "\r\n"u8.CopyTo(target[(digits + 1)..]);
        Length += digits + 3;
    }

    private Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - Length)
        {
            Grow(checked(Length + count));
        }

        return _buffer.AsSpan(Length);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstCapacity, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength))));
        Written.Span.CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
