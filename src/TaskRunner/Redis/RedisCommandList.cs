using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Commands written one behind the other.</summary>
internal sealed class RedisCommandList(IReadOnlyList<RedisCommand> commands) : IRedisRequest
{
    public int Count => commands.Count;

    public void WriteTo(RespWriter writer)
    {
        for (var i = 0; i < commands.Count; i++)
        {
            commands[i].WriteTo(writer);
        }
    }
}
