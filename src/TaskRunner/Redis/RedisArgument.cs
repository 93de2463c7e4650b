using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One argument of a command: text (sent as UTF-8), a number (sent as its digits) or bytes.</summary>
internal readonly struct RedisArgument
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly string? _text;
    private readonly long _number;
    private readonly bool _isNumber;

    private RedisArgument(string text) => _text = text;

    private RedisArgument(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    private RedisArgument(long number)
    {
        _number = number;
        _isNumber = true;
    }

    public static implicit operator RedisArgument(string text) => new(text);

    public static implicit operator RedisArgument(long number) => new(number);

    public static implicit operator RedisArgument(int number) => new(number);

    public static implicit operator RedisArgument(byte[] bytes) => new(bytes.AsMemory());

    public static implicit operator RedisArgument(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>The text that it was made of; null for a number or bytes.</summary>
    public string? Text => _text;

    public void WriteTo(RespWriter writer)
    {
        if (_isNumber)
        {
            writer.WriteBulk(_number);
        }
        else if (_text is not null)
        {
            writer.WriteBulk(_text);
        }
        else
        {
            writer.WriteBulk(_bytes.Span);
        }
    }
}
