namespace TaskRunner.Redis;

/// <summary>One evaluation of a script.</summary>
/// <param name="Script">What to run.</param>
/// <param name="Keys">Every key that the script touches.</param>
/// <param name="Arguments">The rest of its input.</param>
internal sealed record LuaCall(LuaScript Script, IReadOnlyList<RedisArgument> Keys, IReadOnlyList<RedisArgument> Arguments);
