using System.Text.Json;
using TaskRunner.Broker;
using TaskRunner.Redis;
using TaskRunner.Results;

namespace TaskRunner.FaultTests.Model.Queues;

/// <summary>What becomes of a task that a worker held, and the leases of workers.</summary>
internal sealed partial class QueueOnServer
{
    public Task<string> RetryAsync(string worker, string id)
    {
        var message = Envelope.Read(MessageOf(id), "default");
        return SettleAsync(calls.Retry(worker, new Retry(id, "default", Envelope.Write(message with { Attempt = message.Attempt + 1 }), TimeSpan.FromHours(1), Result(id, TaskState.Retrying))));
    }

    public Task<string> PostponeAsync(string worker, string id) => SettleAsync(calls.Retry(worker, new Retry(id, "default", MessageOf(id), TimeSpan.FromHours(1), [])));

    public Task<string> ReleaseAsync(string worker, string id) => SettleAsync(calls.Release(worker, "default", [id]));

    public Task<string> ParkAsync(string worker, string id, string kind) => SettleAsync(calls.Park(worker, new Park(id, "default", MessageOf(id), kind)));

    public async Task<string> BuryAsync(string worker, string id)
    {
        var reason = JsonSerializer.SerializeToUtf8Bytes(new DeadReason("failed", "no"), BrokerJson.Default.DeadReason);
        var answer = await SettleAsync(calls.Bury(worker, new Bury(id, "default", MessageOf(id), reason, Result(id, TaskState.Dead))));
        await LetTimeOfDeathPassAsync();
        return answer;
    }

    public async Task<string> UnparkAsync(string kind) => Line($"unparked {(await EvaluateAsync(calls.Unpark("default", kind, 500))).AsInteger()}");

    public Task<string> TakeAsync(string worker)
    {
        lease.Take(new WorkerDescription(worker, "host", ["default"], 4, DateTimeOffset.UnixEpoch, "1.0"));
        return Task.FromResult("");
    }

    public Task<string> RenewAsync(string worker, bool knowsNewType)
    {
        var reply = (knowsNewType ? knowing : lease).Renew(worker);
        var cancelled = reply.Cancelled.Select(c => c.Id).Order(StringComparer.Ordinal);
        return Task.FromResult(reply.Held ? Line($"adopted {reply.AdoptedResults}, cancelled {string.Join(' ', cancelled)}") : "lost");
    }

    public Task<string> LeaveAsync(string worker) => Task.FromResult(Line($"put back {lease.Leave(worker)}"));

    public async Task<string> DieAsync(string worker)
    {
        await harness.Client.ExecuteAsync(RedisCommand.Create("ZADD", harness.Queue.Leases, "XX", 1, worker), default);
        var recovered = lease.Recover(worker, "default");
        await LetTimeOfDeathPassAsync();
        return recovered is var (again, buried) ? Line($"recovered {again}, buried {buried}") : "nobody";
    }

    private async Task<string> SettleAsync(LuaCall call) => Line($"{(await EvaluateAsync(call)).AsInteger()}");

    /// <summary>Tasks that die in the same millisecond have no order in the dead set.</summary>
    private async Task LetTimeOfDeathPassAsync()
    {
        var died = await harness.ServerMillisecondsAsync();
        while (await harness.ServerMillisecondsAsync() == died)
        {
        }
    }
}
