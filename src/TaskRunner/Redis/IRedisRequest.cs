using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>One or more commands that are written together and answered in their order.</summary>
internal interface IRedisRequest
{
    /// <summary>Commands written, hence replies awaited.</summary>
    int Count { get; }

    void WriteTo(RespWriter writer);
}
