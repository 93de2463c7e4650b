namespace TaskRunner.Resp;

/// <summary>Collects the bytes of one bulk string, error or verbatim string, and checks the line end behind them.</summary>
internal sealed class RespBulk
{
    // A length is only a claim until its bytes have come, so memory grows with them from here on.
    private const int FirstAllocation = 1024 * 1024;

    private RespType _type;
    private byte[] _content = [];
    private int _length;
    private int _filled;
    private int _endFilled;

    public bool IsOpen { get; private set; }

    public void Open(RespType type, int length)
    {
        IsOpen = true;
        _type = type;
        _length = length;
        _content = GC.AllocateUninitializedArray<byte>(Math.Min(length, FirstAllocation));
        _filled = 0;
        _endFilled = 0;
    }

    public bool TryFill(ref ReadOnlySpan<byte> rest, out RespValue value)
    {
        value = default;
        FillContent(ref rest);
        if (_filled < _length || !TrySkipEnd(ref rest))
        {
            return false;
        }

        value = _type == RespType.VerbatimString ? Verbatim(_content) : RespValue.Text(_type, _content);
        IsOpen = false;
        _content = [];
        return true;
    }

    private void FillContent(ref ReadOnlySpan<byte> rest)
    {
        var take = Math.Min(_length - _filled, rest.Length);
        var needed = _filled + take;
        if (needed > _content.Length)
        {
            Array.Resize(ref _content, (int)Math.Min(_length, Math.Max(needed, _content.Length * 2L)));
        }

        rest[..take].CopyTo(_content.AsSpan(_filled));
        _filled = needed;
        rest = rest[take..];
    }

    private bool TrySkipEnd(ref ReadOnlySpan<byte> rest)
    {
        while (_endFilled < 2 && !rest.IsEmpty)
        {
            if (rest[0] != "\r\n"u8[_endFilled])
            {
                throw new RespProtocolException($"{_type} is longer than the {_length} bytes that it announced");
            }

            _endFilled++;
            rest = rest[1..];
        }

        return _endFilled == 2;
    }

    // Three letters of format and a colon come before the text.
    private static RespValue Verbatim(byte[] content) =>
        content is [_, _, _, (byte)':', ..]
            ? RespValue.Text(RespType.VerbatimString, content[4..])
            : throw new RespProtocolException("A verbatim string names no format");
}
