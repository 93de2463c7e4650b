using TaskRunner.Broker;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>One call of one script in a scene.</summary>
/// <param name="Script">Name of its property in <see cref="BrokerScripts"/>.</param>
/// <param name="Name">What it is called for.</param>
/// <param name="Call">The call.</param>
internal sealed record ScriptCase(string Script, string Name, Func<Scene, LuaCall> Call)
{
    /// <summary>Sound tasks that may be in no place afterwards: they are removed without a result, or had ended before.</summary>
    public Func<string, bool> MayBeGone { get; init; } = _ => false;

    /// <summary>Hostile messages, with the place of each, that may be in no place afterwards: they are removed, and without an id there is no result.</summary>
    public Func<HostileMessage, string, bool> HostileMayBeGone { get; init; } = (_, _) => false;

    /// <summary>Sound tasks that the call brings: they are there once it has been repeated without a fault.</summary>
    public IReadOnlyList<string> Brings { get; init; } = [];

    /// <summary>What is wrong with the end, beyond what holds for every call.</summary>
    public Func<Scene, Snapshot, IEnumerable<string>> After { get; init; } = (_, _) => [];

    public override string ToString() => $"{Script} ({Name})";
}
