namespace TaskRunner.Redis;

/// <summary>
/// Connections of one process that share their fate: a peer that vanishes without a word is noticed by the one that waits for a reply,
/// and the others, which may sleep or be idle, are given up with it instead of finding out one by one.
/// </summary>
internal sealed class RedisPeerWatch
{
    private readonly Lock _gate = new();
    private readonly HashSet<RedisConnection> _open = [];
    private TimeSpan _silentSince = TimeSpan.MinValue;

    /// <summary>Whether a connection that heard its peer last at this time is to be given up.</summary>
    public bool IsSuspect(TimeSpan lastHeard)
    {
        lock (_gate)
        {
            return lastHeard < _silentSince;
        }
    }

    /// <summary>Tells that a question asked at this time of the connections' clock got no answer.</summary>
    public void Silent(TimeSpan askedAt)
    {
        List<RedisConnection> suspects;
        lock (_gate)
        {
            _silentSince = askedAt > _silentSince ? askedAt : _silentSince;
            suspects = [.. _open.Where(connection => connection.LastHeard < askedAt)];
        }

        foreach (var connection in suspects)
        {
            connection.Break("Another connection to the same server got no answer");
        }
    }

    public void Add(RedisConnection connection)
    {
        lock (_gate)
        {
            _open.Add(connection);
        }
    }

    public void Remove(RedisConnection connection)
    {
        lock (_gate)
        {
            _open.Remove(connection);
        }
    }
}
