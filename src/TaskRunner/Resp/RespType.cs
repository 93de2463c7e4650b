namespace TaskRunner.Resp;

/// <summary>The kinds of value on the wire; each member is the first byte of its encoding (RESP2 and RESP3).</summary>
internal enum RespType : byte
{
    None = 0,

    /// <summary><c>+OK\r\n</c></summary>
    SimpleString = (byte)'+',

    /// <summary><c>-ERR unknown command\r\n</c></summary>
    SimpleError = (byte)'-',

    /// <summary><c>:42\r\n</c></summary>
    Integer = (byte)':',

    /// <summary><c>$5\r\nhello\r\n</c></summary>
    BulkString = (byte)'$',

    /// <summary><c>*2\r\n:1\r\n:2\r\n</c></summary>
    Array = (byte)'*',

    /// <summary><c>_\r\n</c>, and in RESP2 <c>$-1\r\n</c> and <c>*-1\r\n</c></summary>
    Null = (byte)'_',

    /// <summary><c>#t\r\n</c></summary>
    Boolean = (byte)'#',

    /// <summary><c>,3.14\r\n</c></summary>
    Double = (byte)',',

    /// <summary><c>(3492890328409238509324850943850943825024385\r\n</c></summary>
    BigNumber = (byte)'(',

    /// <summary><c>!9\r\nERR wrong\r\n</c></summary>
    BulkError = (byte)'!',

    /// <summary><c>=8\r\ntxt:text\r\n</c></summary>
    VerbatimString = (byte)'=',

    /// <summary><c>%1\r\n+key\r\n:1\r\n</c></summary>
    Map = (byte)'%',

    /// <summary><c>~1\r\n+member\r\n</c></summary>
    Set = (byte)'~',

    /// <summary><c>&gt;2\r\n+invalidate\r\n_\r\n</c>: belongs to no command.</summary>
    Push = (byte)'>',

    /// <summary><c>|1\r\n+ttl\r\n:3600\r\n</c>: precedes the value that it describes.</summary>
    Attribute = (byte)'|',
}
