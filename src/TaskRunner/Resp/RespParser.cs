using System.Buffers.Text;
using System.Text;

namespace TaskRunner.Resp;

/// <summary>
/// Turns bytes into values. It keeps what is unfinished itself, so the caller may offer bytes in any split and reuse its buffer.
/// After a <see cref="RespProtocolException"/> the stream has no known position and the parser is of no more use.
/// </summary>
internal sealed class RespParser(RespLimits limits)
{
    private static readonly RespValue Ok = RespValue.Text(RespType.SimpleString, "OK");

    private readonly RespLine _line = new(limits.LineLength);
    private readonly RespBulk _bulk = new();
    private readonly Stack<RespAggregate> _open = new();

    public RespParser()
        : this(RespLimits.Default)
    {
    }

    /// <summary>Reads one value; without a complete one, all input is consumed and remembered.</summary>
    public bool TryRead(ReadOnlySpan<byte> input, out int consumed, out RespValue value)
    {
        var rest = input;
        while (TryReadItem(ref rest, out var item))
        {
            if (item is { } complete && TryClose(ref complete))
            {
                consumed = input.Length - rest.Length;
                value = complete;
                return true;
            }
        }

        consumed = input.Length;
        value = default;
        return false;
    }

    // False: the input ended. True without an item: a header was read, whose content follows.
    private bool TryReadItem(ref ReadOnlySpan<byte> rest, out RespValue? item)
    {
        item = null;
        if (_bulk.IsOpen)
        {
            if (!_bulk.TryFill(ref rest, out var value))
            {
                return false;
            }

            item = value;
            return true;
        }

        if (!_line.TryRead(ref rest, out var line))
        {
            return false;
        }

        item = Interpret(line);
        return true;
    }

    private RespValue? Interpret(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            throw new RespProtocolException("Expected a value, got an empty line");
        }

        var type = (RespType)line[0];
        var text = line[1..];
        switch (type)
        {
            case RespType.SimpleString:
                return text.SequenceEqual("OK"u8) ? Ok : RespValue.Text(type, text.ToArray());
            case RespType.SimpleError or RespType.Double or RespType.BigNumber:
                return RespValue.Text(type, text.ToArray());
            case RespType.Integer:
                return RespValue.Integer(Number(text));
            case RespType.Boolean:
                return text is [(byte)'t' or (byte)'f'] ? RespValue.Boolean(text[0] == 't') : throw Malformed(line);
            case RespType.Null:
                return text.IsEmpty ? RespValue.Null : throw Malformed(line);
            case RespType.BulkString or RespType.BulkError or RespType.VerbatimString:
                return OpenBulk(type, Number(text));
            case RespType.Array or RespType.Map or RespType.Set or RespType.Push or RespType.Attribute:
                return OpenAggregate(type, Number(text));
            default:
                throw Malformed(line);
        }
    }

    private RespValue? OpenBulk(RespType type, long length)
    {
        if (length == -1 && type == RespType.BulkString)
        {
            return RespValue.Null;
        }

        if (length < 0 || length > limits.BulkLength)
        {
            throw new RespProtocolException($"{type} of {length} bytes is outside 0 to {limits.BulkLength}");
        }

        _bulk.Open(type, (int)length);
        return null;
    }

    private RespValue? OpenAggregate(RespType type, long length)
    {
        if (length == -1 && type == RespType.Array)
        {
            return RespValue.Null;
        }

        var pairs = type is RespType.Map or RespType.Attribute;
        if (length < 0 || length > limits.Elements / (pairs ? 2 : 1))
        {
            throw new RespProtocolException($"{type} of {length} elements breaks the limit of {limits.Elements}");
        }

        if (type == RespType.Push && _open.Count > 0)
        {
            throw new RespProtocolException("A push message stands inside another value");
        }

        if (length == 0)
        {
            return type == RespType.Attribute ? null : RespValue.Aggregate(type, []);
        }

        if (_open.Count == limits.Depth)
        {
            throw new RespProtocolException($"A reply is nested deeper than {limits.Depth}");
        }

        _open.Push(new RespAggregate(type, pairs ? (int)length * 2 : (int)length));
        return null;
    }

    // Adds the value to the innermost open aggregate, closes those that are full, and tells whether a top-level value is complete.
    private bool TryClose(ref RespValue value)
    {
        while (_open.TryPeek(out var innermost))
        {
            if (!innermost.Add(value))
            {
                return false;
            }

            _open.Pop();
            if (innermost.Type == RespType.Attribute)
            {
                // Nothing here reads attributes; the value that it describes is still to come.
                return false;
            }

            value = innermost.ToValue();
        }

        return true;
    }

    private static long Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var read) && read == text.Length ? number : throw Malformed(text);

    private static RespProtocolException Malformed(ReadOnlySpan<byte> line)
    {
        var shown = Encoding.ASCII.GetString(line[..Math.Min(line.Length, 40)]);
        return new RespProtocolException($"Not RESP: '{string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c))}'");
    }
}
