namespace TaskRunner.Redis;

/// <summary>The server was reached and said no.</summary>
/// <param name="code">First word of the error, for example <c>WRONGPASS</c>.</param>
/// <param name="message">One sentence.</param>
public sealed class RedisServerException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
