using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Requests written one behind the other, commands and scripts alike.</summary>
internal sealed class RedisRequestList(IReadOnlyList<IRedisRequest> requests) : IRedisRequest
{
    public int Count { get; } = requests.Sum(request => request.Count);

    public void WriteTo(RespWriter writer)
    {
        for (var i = 0; i < requests.Count; i++)
        {
            requests[i].WriteTo(writer);
        }
    }
}
