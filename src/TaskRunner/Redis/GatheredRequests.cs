using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Two buffers that change places: requests gather in one while the other is written. The owner guards <see cref="Add"/>, <see cref="TryTake"/> and <see cref="Release"/> with one lock.</summary>
internal sealed class GatheredRequests
{
    private RespWriter _gathering = new();
    private RespWriter _taken = new();

    /// <summary>What was taken last; valid until the next time.</summary>
    public ReadOnlyMemory<byte> Taken => _taken.Written;

    /// <summary>Adds a request whole, or not at all when it cannot be encoded.</summary>
    public void Add(IRedisRequest request)
    {
        var before = _gathering.Length;
        try
        {
            request.WriteTo(_gathering);
        }
        catch
        {
            // Half a request would make the rest of the stream unreadable for the server.
            _gathering.Truncate(before);
            throw;
        }
    }

    /// <summary>Takes what has gathered, once what was taken before is written; false when that is nothing.</summary>
    public bool TryTake()
    {
        _taken.Clear();
        if (_gathering.Length == 0)
        {
            return false;
        }

        (_gathering, _taken) = (_taken, _gathering);
        return true;
    }

    /// <summary>Gives back what has gathered; what was taken may be under way.</summary>
    public void Release() => _gathering.Release();
}
