using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Broker;
using TaskRunner.Flows;
using TaskRunner.Redis;
using TaskRunner.Resp;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using TaskRunner.Worker;

namespace TaskRunner.FaultTests.Model.Flows;

/// <summary>The same commands as those of the model, on a real server.</summary>
internal sealed class FlowOnServer : IAsyncDisposable
{
    private static readonly Guid Id = new("0000f100-0000-0000-0000-000000000000");
    private static readonly Dictionary<Guid, string> Names = NamesOfTasks();
    private static readonly string[] Workers = ["w0", "w1"];

    private readonly BrokerHarness harness;
    private readonly WorkerLease lease;
    private readonly FlowEnqueuer flows;
    private readonly FlowRelay relay;

    /// <summary>Who got a task last, and what.</summary>
    private readonly Dictionary<string, (string Worker, Held Held)> held = new(StringComparer.Ordinal);

    private FlowOnServer(BrokerHarness harness, string url)
    {
        this.harness = harness;
        lease = harness.Lease(url);
        flows = new FlowEnqueuer(harness.Broker, TimeProvider.System);
        relay = new FlowRelay(harness.Broker, flows, NullLogger.Instance);
    }

    public static async Task<FlowOnServer> OpenAsync(string url)
    {
        var opened = new FlowOnServer(await BrokerHarness.OpenAsync(url, options => options with { MaxRedeliveries = 98 }), url);
        foreach (var worker in Workers)
        {
            await opened.TakeAsync(worker);
        }

        return opened;
    }

    public Task<string> StartAsync()
    {
        var group = Flow.GroupOfChains([new Step("a")], [new Step("b"), new Step("c")], [new Step("d")]);
        return SilentAsync(flows.StartAsync(Flow.Chain(group, new Step("body"), new Step("after")).OnError(new Step("alert")), Id, default));
    }

    public Task<string> TakeAsync(string worker)
    {
        lease.Take(new WorkerDescription(worker, "host", ["default"], 4, DateTimeOffset.UnixEpoch, "1.0"));
        return Task.FromResult("");
    }

    public async Task<string> DieAsync(string worker)
    {
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, worker), default);
        lease.Recover(worker, "default");
        return "";
    }

    public async Task<string> FetchAsync(string worker)
    {
        var fetched = (await harness.StepAsync(worker, 100)).Messages;
        foreach (var task in fetched)
        {
            held[NameOf(task.Id)] = (worker, task);
        }

        return string.Join(' ', fetched.Select(task => NameOf(task.Id)).Order(StringComparer.Ordinal));
    }

    public Task<string> SucceedAsync(string task) => SettleAsync(task, got => new Acknowledge(got, Result(got, TaskState.Succeeded)));

    public Task<string> GiveUpAsync(string task) => SettleAsync(task, got => new Bury(got.Id, "default", got.Bytes, "{}"u8.ToArray(), Result(got, TaskState.Dead)));

    public async Task<string> RetryDeadAsync(string task)
    {
        var moved = await harness.Broker.RetryDeadAsync(new DeadFilter { Queue = "default", Ids = [IdOf(task).ToString("N")] }, null, default);
        return string.Create(CultureInfo.InvariantCulture, $"moved {moved}");
    }

    public async Task<string> CancelAsync(string task) => (await harness.Broker.CancelAsync(IdOf(task), default)).ToString();

    /// <summary>As <c>group cancel</c> does it.</summary>
    public async Task<string> CancelGroupAsync()
    {
        await GroupCancellation.CancelAsync(harness.Broker, Id, default);
        return "";
    }

    public Task<string> RelayAsync(string worker) => SilentAsync(new ResultEffects(harness.Broker, relay, resultsAreWritten: false).ApplyAsync(worker, "default", default));

    public async Task<string> RelayAndDieAsync(string worker, string task)
    {
        foreach (var (result, flow) in await OutboxAsync(worker, task))
        {
            await relay.ApplyAsync(result, flow, default);
        }

        return "";
    }

    public async Task<string> ReportAndDieAsync(string worker, string task)
    {
        foreach (var (result, flow) in await OutboxAsync(worker, task))
        {
            if (FlowState.TryRead(flow) is { Group: { } group } state && (state.Next is null || result.State != TaskState.Succeeded))
            {
                await harness.Broker.ReportMemberAsync(group, state.Member, result, default);
            }
        }

        return "";
    }

    public async Task<List<string>> StateAsync()
    {
        var q = harness.Queue;
        var replies = await harness.Client.ExecuteAsync(
            [
                RedisCommand.Create("LRANGE", q.Ready[4], 0, -1),
                RedisCommand.Create("ZRANGE", q.Dead, 0, -1),
                RedisCommand.Create("ZRANGE", q.Cancelled, 0, -1),
                RedisCommand.Create("ZRANGE", q.Leases, 0, -1),
                .. Workers.Select(worker => RedisCommand.Create("HKEYS", q.InFlight(worker))),
                .. Workers.Select(q.Results).Append(q.OrphanedResults).Select(list => RedisCommand.Create("LRANGE", list, 0, -1)),
            ],
            default);
        var texts = replies.Select(reply => reply.Items.Select(item => item.AsString()).ToList()).ToList();
        List<string> lines =
        [
            .. Place("ready", texts[0].Select(message => NameOf(message[..32]))),
            .. Place("dead", texts[1].Select(NameOf)),
            .. Workers.SelectMany((worker, i) => Place($"held {worker}", texts[4 + i].Select(NameOf))),
            .. Workers.Append("orphaned").SelectMany((box, i) => Place($"outbox {box}", replies[6 + i].Items.Select(Outcome))),
            $"workers: {string.Join(' ', texts[3].Order(StringComparer.Ordinal))}",
            $"marks: {string.Join(' ', texts[2].Select(NameOf).Order(StringComparer.Ordinal))}",
        ];
        lines.Add(await harness.Broker.ReadGroupAsync(Id, default) is { } g
            ? string.Create(CultureInfo.InvariantCulture, $"group: {g.State}, succeeded {g.Succeeded}, failed {g.Failed}, goes on {g.Next is not null}")
            : "no group");
        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        lease.Dispose();
        await Leftovers.RemoveAsync(harness);
        await harness.DisposeAsync();
    }

    private static Dictionary<Guid, string> NamesOfTasks()
    {
        var first = Enumerable.Range(0, 3).Select(i => Beat.NameBasedGuid.Create(Id, string.Create(CultureInfo.InvariantCulture, $"member:{i}"))).ToList();
        var body = FlowEnqueuer.Following(Id);
        var after = FlowEnqueuer.Following(body);
        (Guid Id, string Name)[] tasks =
        [
            (first[0], "a"), (first[1], "b"), (FlowEnqueuer.Following(first[1]), "c"), (first[2], "d"), (body, "body"), (after, "after"),
            (FlowEnqueuer.Failing(Id), "alert"), (FlowEnqueuer.Failing(body), "body-alert"), (FlowEnqueuer.Failing(after), "after-alert"),
        ];
        return tasks.ToDictionary(task => task.Id, task => task.Name);
    }

    private static Guid IdOf(string name) => Names.Single(n => n.Value == name).Key;

    private static string NameOf(string id) => Names.GetValueOrDefault(Guid.ParseExact(id, "N"), id);

    private static async Task<string> SilentAsync(Task act)
    {
        await act;
        return "";
    }

    /// <summary>What a worker says of a task, with the flow that goes on.</summary>
    private static byte[] Result(Held got, TaskState state)
    {
        var message = Envelope.Read(got.Bytes, "default");
        return ResultRecord.Write(
            new TaskResult { Id = message.Id, Task = message.Task, Queue = "default", State = state, Output = $"\"{message.Task}\"", EnqueuedAt = message.EnqueuedAt }, message.Flow);
    }

    /// <summary>Results of a task that have a flow.</summary>
    private async Task<List<(TaskResult Result, string Flow)>> OutboxAsync(string worker, string task) =>
    [
        .. (await harness.Broker.UnwrittenResultsAsync(worker, "default", 0, 100, default))
            .Select(record => (Result: ResultRecord.Read(record, "default"), ResultRecord.ReadMarks(record).Flow))
            .Where(r => r.Flow is not null && Names[r.Result.Id] == task)
            .Select(r => (r.Result, r.Flow!)),
    ];

    private Task<string> SettleAsync(string task, Func<Held, Settlement> settle) =>
        held.TryGetValue(task, out var got) ? SilentAsync(harness.Broker.StepAsync(got.Worker, [settle(got.Held)], [new Fetch("default", 0)], default)) : Task.FromResult("");

    private static string[] Place(string name, IEnumerable<string> tasks) => string.Join(' ', tasks.Order(StringComparer.Ordinal)) is { Length: > 0 } text ? [$"{name}: {text}"] : [];

    private static string Outcome(RespValue record)
    {
        var result = ResultRecord.Read(record.AsBytes(), "default");
        return $"{Names[result.Id]}={TaskStateName.Of(result.State)}";
    }
}
