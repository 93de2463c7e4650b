namespace TaskRunner.Resp;

/// <summary>Finds the end of a line that may arrive in pieces.</summary>
internal sealed class RespLine(int maxLength)
{
    private byte[] _pieces = new byte[128];
    private int _length;

    /// <summary>Reads one line without its end; the span lives until the next call.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        var end = rest.IndexOf((byte)'\n');
        var piece = end < 0 ? rest : rest[..end];
        if (_length + piece.Length > maxLength)
        {
            throw new RespProtocolException($"A line is longer than {maxLength} bytes");
        }

        rest = end < 0 ? [] : rest[(end + 1)..];
        if (end >= 0 && _length == 0)
        {
            line = WithoutReturn(piece);
            return true;
        }

        Keep(piece);
        line = default;
        if (end < 0)
        {
            return false;
        }

        line = WithoutReturn(_pieces.AsSpan(0, _length));
        _length = 0;
        return true;
    }

    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (_length + piece.Length > _pieces.Length)
        {
            Array.Resize(ref _pieces, Math.Max(_pieces.Length * 2, _length + piece.Length));
        }

        piece.CopyTo(_pieces.AsSpan(_length));
        _length += piece.Length;
    }

    private static ReadOnlySpan<byte> WithoutReturn(ReadOnlySpan<byte> line) =>
        line is [.., (byte)'\r'] ? line[..^1] : throw new RespProtocolException("A line ends without a carriage return");
}
