using System.Globalization;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>One fault: which call of which script, in which scene, and whether the caller tries again.</summary>
internal sealed record FaultPoint(Scene Scene, ScriptCase Case, int At, bool IsRepeated)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Case} in the scene '{Scene.Name}', call {At}{(IsRepeated ? ", tried again" : "")}");
}

/// <summary>Makes a fault and sees what becomes of the queue.</summary>
internal static class FaultTrial
{
    private static readonly ScriptCase Nothing = new("", "", _ => throw new InvalidOperationException("Nothing is called."));

    /// <summary>How many calls to the server a script makes when none of them fails.</summary>
    public static async Task<int> CountCallsAsync(Scene scene, ScriptCase scriptCase)
    {
        await scene.Start.RestoreAsync(scene.Harness);
        return (await RunAsync(scene, FaultyScript.Of(scriptCase.Call(scene), 0, asTable: false))).Calls;
    }

    /// <returns>Which call failed, and what is wrong because of it.</returns>
    public static async Task<(string Failed, IReadOnlyList<string> Wrong, IReadOnlyList<string> Twice)> TryAsync(FaultPoint point)
    {
        var (scene, scriptCase) = (point.Scene, point.Case);
        await scene.Start.RestoreAsync(scene.Harness);
        var run = await RunAsync(scene, FaultyScript.Of(scriptCase.Call(scene), point.At, asTable: point.At % 2 == 0));
        var (wrong, twice) = await HealAsync(scene, scriptCase, point.IsRepeated);
        return ($"{run.FailedCall}{(run.Error.Length > 0 ? $" -> {run.Error}" : "")}", wrong, twice);
    }

    /// <summary>One key of the call has a type that no script expects, for as long as the call takes.</summary>
    /// <returns>What is wrong because of it.</returns>
    public static async Task<IReadOnlyList<string>> TryWrongTypeAsync(Scene scene, ScriptCase scriptCase, string key)
    {
        await scene.Start.RestoreAsync(scene.Harness);
        var wrong = scene.Start.Of(key).Type == "string" ? RedisCommand.Create("RPUSH", key, "x") : RedisCommand.Create("SET", key, "x");
        await scene.Harness.Client.ExecuteAsync([RedisCommand.Create("DEL", key), wrong], default);
        await scene.Harness.Client.EvaluateAsync([scriptCase.Call(scene)], default);
        await scene.Start.RepairAsync(scene.Harness, key);
        var mistakes = (await HealAsync(scene, scriptCase, isRepeated: true)).Wrong;

        // Garnet answers a GET of a list with nothing and goes on; the size that comes back is then the one from before the call.
        return key == scene.Keys.DeadSize ? [.. mistakes.Where(mistake => !mistake.StartsWith(Places.WrongSize, StringComparison.Ordinal))] : mistakes;
    }

    /// <summary>The memory of the server is full for as long as the call takes.</summary>
    /// <returns>What is wrong because of it; that the server refused the call, unless it may.</returns>
    public static async Task<IReadOnlyList<string>> TryFullMemoryAsync(Scene scene, ScriptCase scriptCase, bool mayBeRefused)
    {
        await scene.Start.RestoreAsync(scene.Harness);
        await scene.Harness.Client.ExecuteAsync(RedisCommand.Create("CONFIG", "SET", "maxmemory", 1), default);
        var reply = (await scene.Harness.Client.EvaluateAsync([scriptCase.Call(scene)], default))[0];
        await scene.Harness.Client.ExecuteAsync(RedisCommand.Create("CONFIG", "SET", "maxmemory", 0), default);
        var wrong = (await HealAsync(scene, scriptCase, isRepeated: mayBeRefused)).Wrong;
        return reply.IsError && !mayBeRefused ? [$"refused: {reply.ErrorMessage}", .. wrong] : wrong;
    }

    /// <summary>A hostile message among sound tasks, and no fault at all.</summary>
    public static async Task<IReadOnlyList<string>> TryHostileAsync(Scene scene, HostileMessage message, int place)
    {
        await scene.Start.RestoreAsync(scene.Harness);
        await scene.AddHostileAsync(message, place);
        return (await HealAsync(scene, Nothing, isRepeated: false)).Wrong;
    }

    private static async Task<(IReadOnlyList<string> Wrong, IReadOnlyList<string> Twice)> HealAsync(Scene scene, ScriptCase scriptCase, bool isRepeated)
    {
        var fault = await Snapshot.ReadAsync(scene.Harness);
        if (isRepeated)
        {
            await scene.Harness.Client.EvaluateAsync([scriptCase.Call(scene)], default);
        }

        var healer = new Healer(scene);
        await healer.WorkOffAsync();
        var end = await Snapshot.ReadAsync(scene.Harness);
        return ([.. Verdict.Of(scene, scriptCase, isRepeated, fault, healer, end), .. healer.Errors], [.. Verdict.Twice(scene, fault)]);
    }

    private static async Task<FaultyRun> RunAsync(Scene scene, LuaCall call) => FaultyScript.Read((await scene.Harness.Client.EvaluateAsync([call], default))[0]);
}
