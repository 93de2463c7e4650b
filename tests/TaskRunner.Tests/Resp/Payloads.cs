using System.Text;
using TaskRunner.Resp;

namespace TaskRunner.Tests.Resp;

/// <summary>Encoded values and what they mean, written by <see cref="Describe"/>.</summary>
internal static class Payloads
{
    public static readonly (string Encoded, string Meaning)[] All =
    [
        ("+OK\r\n", "SimpleString(OK)"),
        ("+\r\n", "SimpleString()"),
        ("+two words\r\n", "SimpleString(two words)"),
        ("-ERR unknown command\r\n", "SimpleError(ERR unknown command)"),
        ("-\r\n", "SimpleError()"),
        (":0\r\n", "Integer(0)"),
        (":-1\r\n", "Integer(-1)"),
        (":+7\r\n", "Integer(7)"),
        (":9223372036854775807\r\n", "Integer(9223372036854775807)"),
        (":-9223372036854775808\r\n", "Integer(-9223372036854775808)"),
        ("$5\r\nhello\r\n", "BulkString(hello)"),
        ("$0\r\n\r\n", "BulkString()"),
        ("$2\r\n\r\n\r\n", "BulkString(\r\n)"),
        ("$7\r\na\r\n$b\r\n\r\n", "BulkString(a\r\n$b\r\n)"),
        ("$6\r\n\u00fc\u20ac!\r\n", "BulkString(\u00fc\u20ac!)"),
        ("$-1\r\n", "Null"),
        ("*-1\r\n", "Null"),
        ("*0\r\n", "Array[]"),
        ("*2\r\n:1\r\n$1\r\nx\r\n", "Array[Integer(1), BulkString(x)]"),
        ("*3\r\n$-1\r\n*-1\r\n_\r\n", "Array[Null, Null, Null]"),
        ("*2\r\n*2\r\n:1\r\n*0\r\n*1\r\n*1\r\n+deep\r\n", "Array[Array[Integer(1), Array[]], Array[Array[SimpleString(deep)]]]"),
        ("*2\r\n-ERR a\r\n+b\r\n", "Array[SimpleError(ERR a), SimpleString(b)]"),
        ("_\r\n", "Null"),
        ("#t\r\n", "Boolean(1)"),
        ("#f\r\n", "Boolean(0)"),
        (",3.25\r\n", "Double(3.25)"),
        (",-1e-7\r\n", "Double(-1e-7)"),
        (",inf\r\n", "Double(inf)"),
        (",-inf\r\n", "Double(-inf)"),
        (",nan\r\n", "Double(nan)"),
        ("(3492890328409238509324850943850943825024385\r\n", "BigNumber(3492890328409238509324850943850943825024385)"),
        ("!21\r\nSYNTAX invalid syntax\r\n", "BulkError(SYNTAX invalid syntax)"),
        ("!9\r\nERR a\r\nb!\r\n", "BulkError(ERR a\r\nb!)"),
        ("=15\r\ntxt:Some string\r\n", "VerbatimString(Some string)"),
        ("=4\r\nmkd:\r\n", "VerbatimString()"),
        ("%0\r\n", "Map[]"),
        ("%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n#t\r\n", "Map[SimpleString(a), Integer(1), SimpleString(b), Array[Boolean(1)]]"),
        ("~2\r\n+x\r\n+y\r\n", "Set[SimpleString(x), SimpleString(y)]"),
        (">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n", "Push[SimpleString(invalidate), Array[BulkString(k)]]"),
        ("|1\r\n+ttl\r\n:3600\r\n:42\r\n", "Integer(42)"),
        ("|0\r\n:42\r\n", "Integer(42)"),
        ("*2\r\n|1\r\n+ttl\r\n%1\r\n+a\r\n:1\r\n:1\r\n:2\r\n", "Array[Integer(1), Integer(2)]"),
        ("%1\r\n|1\r\n+hint\r\n+h\r\n+key\r\n|1\r\n+hint\r\n+h\r\n+value\r\n", "Map[SimpleString(key), SimpleString(value)]"),
    ];

    public static string Describe(RespValue value) => value switch
    {
        { IsNull: true } => "Null",
        { Type: RespType.Array or RespType.Map or RespType.Set or RespType.Push } => $"{value.Type}[{string.Join(", ", value.Items.Select(Describe))}]",
        _ => $"{value.Type}({value.AsString()})",
    };

    public static byte[] Bytes(string encoded) => Encoding.UTF8.GetBytes(encoded);
}
