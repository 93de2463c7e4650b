using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Tells errors that concern a command from those that concern the server.</summary>
internal static class RedisReplies
{
    /// <summary>
    /// The exception to throw when one of the replies says that this server cannot serve (now, or us): the connection is of no use then.
    /// Null when all of them are answers.
    /// </summary>
    public static RedisUnavailableException? Refusal(RedisOptions options, ReadOnlySpan<RespValue> replies)
    {
        RespValue? refusal = null;
        var refused = 0;
        foreach (ref readonly var reply in replies)
        {
            if (reply.IsError && IsRefusal(reply.ErrorCode))
            {
                refusal ??= reply;
                refused++;
            }
        }

        return refusal is null
            ? null
            : new RedisUnavailableException($"Redis at {options.Endpoint} cannot serve: {refusal.Value.ErrorMessage}", mayHaveExecuted: refused < replies.Length);
    }

    public static RespValue ValueOrThrow(RespValue reply) =>
        reply.IsError ? throw new RedisServerException(reply.ErrorCode, reply.ErrorMessage) : reply;

    // The server rejects the command before it runs for all of these.
    private static bool IsRefusal(string code) =>
        code is "READONLY" or "LOADING" or "MOVED" or "ASK" or "CLUSTERDOWN" or "MASTERDOWN" or "NOAUTH";
}
