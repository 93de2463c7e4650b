using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>
/// Each script on a server whose memory is full. Redis refuses commands that may take more, unless the script has removed something before:
/// so each script that frees memory, or that workers need for it, removes first.
/// </summary>
public sealed class FullMemoryTests(ITestOutputHelper output)
{
    /// <summary>
    /// What brings something new, or is asked for by hand: it may be refused. A new script is not in this list unless it has a reason.
    /// </summary>
    private static readonly string[] MayBeRefused = ["Enqueue", "GroupOpen", "GroupNote", "Cancel", "Isolation"];

    // Sound tasks with and without a rate limit, and hostile ones.
    private const int ScenesTried = 3;

    [Theory]
    [InlineData(ServerKind.Redis)]
    [InlineData(ServerKind.Valkey)]
    public async Task Full_memory_refuses_no_script_that_workers_need_and_loses_no_task(ServerKind kind)
    {
        await using var server = await RedisServer.StartAsync(new RedisServerOptions { Kind = kind });
        await using var scenes = await Scenes.BuildAsync(server.Url);
        var findings = new Findings(output);
        var tried = 0;
        foreach (var scene in scenes.All.Take(ScenesTried))
        {
            foreach (var scriptCase in ScriptCases.All)
            {
                findings.Add(scriptCase.Script, $"{scriptCase} in the scene '{scene.Name}'", await FaultTrial.TryFullMemoryAsync(scene, scriptCase, MayBeRefused.Contains(scriptCase.Script)));
                tried++;
            }
        }

        findings.Judge(tried);
    }
}
