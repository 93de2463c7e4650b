using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One request whose replies are awaited; the connection that it waits on guards it.</summary>
internal sealed class PendingReplies(long number, int count, TimeSpan timeout, TimeSpan deadline, bool isDirect)
{
    private readonly TaskCompletionSource<RespValue[]> _completion = new(isDirect ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RespValue[] _replies = new RespValue[count];
    private int _filled;

    public Task<RespValue[]> Task => _completion.Task;

    public TimeSpan Timeout => timeout;

    /// <summary>Point on the connection's clock at which the last reply must be there.</summary>
    public TimeSpan Deadline => deadline;

    /// <summary>Place of the request among all requests on its connection.</summary>
    public long Number => number;

    /// <summary>Adds the next reply and tells whether it was the last one.</summary>
    public bool Add(RespValue reply)
    {
        _replies[_filled++] = reply;
        return _filled == _replies.Length;
    }

    public void Complete() => _completion.TrySetResult(_replies);

    public void Fail(string reason, bool mayHaveExecuted, Exception? cause)
    {
        _completion.TrySetException(new RedisUnavailableException(reason, mayHaveExecuted, cause));

        // A caller that was cancelled looks at nothing any more; reading the exception marks it as observed.
        _ = _completion.Task.Exception;
    }
}
