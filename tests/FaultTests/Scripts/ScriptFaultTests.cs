using System.Reflection;
using FluentAssertions;
using TaskRunner.Broker;
using TaskRunner.FaultTests.Support;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace TaskRunner.FaultTests.Scripts;

/// <summary>
/// Each script with an error raised at each of its calls to the server, among sound tasks and among hostile messages. Afterwards a healthy worker works
/// everything off: every task was handed out or has ended with a result, none more than once too often, and nothing is taken that nobody gives back.
/// </summary>
public abstract class ScriptFaultTests(RedisFixture server, ITestOutputHelper output, int sample)
{
    [Fact]
    public void Each_script_has_a_case() =>
        typeof(BrokerScripts).GetProperties(BindingFlags.Static | BindingFlags.Public).Where(property => property.PropertyType == typeof(LuaScript)).Select(property => property.Name)
            .Should().BeSubsetOf(ScriptCases.All.Select(c => c.Script), "a new script needs a case in ScriptCases");

    [Fact]
    public async Task Error_at_any_call_of_a_script_loses_no_task_and_takes_nothing_for_ever()
    {
        await using var scenes = await Scenes.BuildAsync(server.Url);
        var points = new List<FaultPoint>();
        foreach (var scene in scenes.All)
        {
            foreach (var scriptCase in ScriptCases.All)
            {
                var calls = await FaultTrial.CountCallsAsync(scene, scriptCase);
                points.AddRange(Enumerable.Range(0, calls + 1).SelectMany(at => new[] { new FaultPoint(scene, scriptCase, at, false), new FaultPoint(scene, scriptCase, at, true) }));
            }
        }

        var findings = new Findings(output);
        foreach (var point in Sample(points, sample, point => point.Case.ToString()))
        {
            var (failed, wrong, twice) = await FaultTrial.TryAsync(point);
            findings.Add($"{point.Case.Script}{(point.Scene.Hostile.Any() ? ", hostile" : "")}", $"{point} ({failed})", wrong);
            findings.Note($"{point.Case.Script}{(point.Scene.Hostile.Any() ? ", hostile" : "")}", twice);
        }

        findings.Judge(points.Count);
    }

    [Fact]
    public async Task Key_of_a_wrong_type_costs_no_task_in_any_other_key()
    {
        await using var scenes = await Scenes.BuildAsync(server.Url);
        var points = scenes.All.SelectMany(scene => ScriptCases.All.SelectMany(c => c.Call(scene).Keys.Select(key => (Scene: scene, Case: c, Key: Text(key))))).ToList();
        var findings = new Findings(output);
        foreach (var (scene, scriptCase, key) in Sample(points, sample / 2, point => point.Case.ToString()))
        {
            findings.Add($"{scriptCase.Script}{(scene.Hostile.Any() ? ", hostile" : "")}", $"{scriptCase} in the scene '{scene.Name}', wrong type of {Places.Short(key)}", await FaultTrial.TryWrongTypeAsync(scene, scriptCase, key));
        }

        findings.Judge(points.Count);
    }

    [Fact]
    public async Task Hostile_message_in_any_place_costs_no_other_task_and_is_lost_nowhere()
    {
        await using var scene = await Scene.BuildAsync(server.Url, null, isLimited: false);
        var points = HostileMessage.All(Soak.Seed, sharedKey: "k").SelectMany(message => Enumerable.Range(0, message.Id is null ? 2 : HostilePlaces.Count).Select(place => (Message: message, Place: place))).ToList();
        var findings = new Findings(output);
        foreach (var (message, place) in Sample(points, sample / 2, point => point.Message.Name))
        {
            var wrong = await FaultTrial.TryHostileAsync(scene, message, place);
            findings.Add(scene.Hostile.Single().Place, $"'{message.Name}', {scene.Hostile.Single().Place}", wrong);
        }

        findings.Judge(points.Count);
    }

    private static string Text(RedisArgument key)
    {
        var writer = new Resp.RespWriter();
        key.WriteTo(writer);
        var bulk = System.Text.Encoding.UTF8.GetString(writer.Written.ToArray());
        writer.Release();
        return bulk[(bulk.IndexOf('\n', StringComparison.Ordinal) + 1)..].TrimEnd('\r', '\n');
    }

    /// <summary>All of them in the long run; in the short one as many of each kind, drawn by the seed.</summary>
    private static List<T> Sample<T>(List<T> points, int most, Func<T, string> kindOf)
    {
        if (Soak.IsOn("scripts"))
        {
            return points;
        }

        var all = points.ToArray();
        new Random(Soak.Seed).Shuffle(all);
        var turns = all.GroupBy(kindOf, StringComparer.Ordinal).SelectMany(kind => kind.Select((point, turn) => (point, turn)));
        return [.. turns.OrderBy(point => point.turn).Select(point => point.point).Take((int)(most * Soak.FaultShare))];
    }
}

public sealed class ScriptFaultTestsOnRedis(RedisFixture server, ITestOutputHelper output) : ScriptFaultTests(server, output, 400), IClassFixture<RedisFixture>;

public sealed class ScriptFaultTestsOnValkey(ValkeyFixture server, ITestOutputHelper output) : ScriptFaultTests(server, output, 200), IClassFixture<ValkeyFixture>;

/// <summary>It takes several times as long for a script.</summary>
public sealed class ScriptFaultTestsOnGarnet(GarnetFixture server, ITestOutputHelper output) : ScriptFaultTests(server, output, 60), IClassFixture<GarnetFixture>;

/// <summary>The queues in which scripts fail.</summary>
internal sealed class Scenes : IAsyncDisposable
{
    private const int HostileOnes = 4;

    public List<Scene> All { get; } = [];

    public static async Task<Scenes> BuildAsync(string url)
    {
        var scenes = new Scenes();
        scenes.All.Add(await Scene.BuildAsync(url, null, isLimited: false));
        scenes.All.Add(await Scene.BuildAsync(url, null, isLimited: true));
        for (var i = 0; i < HostileOnes; i++)
        {
            scenes.All.Add(await Scene.BuildAsync(url, Soak.Seed + i, isLimited: i % 2 == 1));
        }

        return scenes;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var scene in All)
        {
            await scene.DisposeAsync();
        }
    }
}
