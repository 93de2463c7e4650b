using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace TaskRunner.Resp;

/// <summary>One value of a reply. Reading it as a type that it is not throws <see cref="RespProtocolException"/>.</summary>
internal readonly struct RespValue
{
    // A byte[] for everything written as text or bytes, a RespValue[] for aggregates.
    private readonly object? _content;
    private readonly long _number;

    private RespValue(RespType type, object? content, long number)
    {
        Type = type;
        _content = content;
        _number = number;
    }

    public static RespValue Null { get; } = new(RespType.Null, null, 0);

    public RespType Type { get; }

    public bool IsNull => Type is RespType.Null or RespType.None;

    public bool IsError => Type is RespType.SimpleError or RespType.BulkError;

    /// <summary>Elements of an array, set or push; a map's keys and values in turn; none of a null.</summary>
    public IReadOnlyList<RespValue> Items => IsNull ? [] : _content as RespValue[] ?? throw Unexpected("an array");

    /// <summary>First word of the error, for example <c>NOSCRIPT</c>; empty when this is no error.</summary>
    public string ErrorCode => IsError ? CodeOf(AsString()) : "";

    /// <summary>The whole error, its code included; empty when this is no error.</summary>
    public string ErrorMessage => IsError ? AsString() : "";

    public static RespValue Integer(long value) => new(RespType.Integer, null, value);

    public static RespValue Boolean(bool value) => new(RespType.Boolean, null, value ? 1 : 0);

    public static RespValue Text(RespType type, byte[] bytes) => new(type, bytes, 0);

    public static RespValue Text(RespType type, string text) => new(type, Encoding.UTF8.GetBytes(text), 0);

    public static RespValue Aggregate(RespType type, RespValue[] items) => new(type, items, 0);

    /// <summary>The number, also when it was sent as text; a boolean is 0 or 1.</summary>
    public long AsInteger()
    {
        if (Type is RespType.Integer or RespType.Boolean)
        {
            return _number;
        }

        return _content is byte[] bytes && Utf8Parser.TryParse(bytes, out long number, out var read) && read == bytes.Length
            ? number
            : throw Unexpected("an integer");
    }

    public bool AsBoolean() => AsInteger() != 0;

    public double AsDouble()
    {
        if (Type is RespType.Integer)
        {
            return _number;
        }

        return AsString() switch
        {
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" or "-nan" => double.NaN,
            var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw Unexpected("a number"),
        };
    }

    public string AsString() => _content switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        null when Type is RespType.Integer or RespType.Boolean => _number.ToString(CultureInfo.InvariantCulture),
        _ => throw Unexpected("a string"),
    };

    /// <summary>The bytes themselves, not a copy: do not change them.</summary>
    public byte[] AsBytes() => _content as byte[] ?? (Type is RespType.Integer or RespType.Boolean ? Encoding.ASCII.GetBytes(AsString()) : throw Unexpected("a string"));

    /// <summary>The value that follows a key, in a map or in an array of keys and values; null when the key is missing.</summary>
    public RespValue Find(string key)
    {
        var items = Items;
        for (var i = 0; i + 1 < items.Count; i += 2)
        {
            if (items[i]._content is byte[] && items[i].AsString() == key)
            {
                return items[i + 1];
            }
        }

        return Null;
    }

    /// <summary>The value as a person reads it in a log.</summary>
    public override string ToString() => this switch
    {
        { IsNull: true } => "null",
        { _content: RespValue[] items } => $"[{string.Join(", ", items)}]",
        _ => AsString(),
    };

    private static string CodeOf(string message)
    {
        var end = message.IndexOf(' ', StringComparison.Ordinal);
        var word = end < 0 ? message : message[..end];
        return word.Length > 0 && word.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c is '_' or '-') ? word : "ERR";
    }

    private RespProtocolException Unexpected(string wanted) =>
        new(IsError ? $"Expected {wanted}, got the error {ErrorMessage}" : $"Expected {wanted}, got {Type}");
}
