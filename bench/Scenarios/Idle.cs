using System.Globalization;
using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench.Scenarios;

/// <summary>A worker that has nothing to do: what it costs.</summary>
internal static class Idle
{
    public static async Task RunAsync(QueueSystem system, RedisBox redis, (double Settle, double Measure) seconds, Measurements found, string log)
    {
        await redis.ClearAsync();
        var port = RedisBox.FreePort();
        var began = Clock.Now;
        using var worker = system is Ours ours ? ours.StartWorker(redis.Url, log, port) : system.StartWorker(redis, log);
        try
        {
            if (system is Ours)
            {
                await ReadyAsync(port);
                found.Add(system.Name, What.Start, Clock.Now - began);
            }

            await Clock.PauseAsync(seconds.Settle);
            var family = ProcessTree.Ids(worker.Id);
            var (cpu, commands, at) = (ProcessTree.CpuSeconds(family), await redis.CommandsAsync(), Clock.Now);
            await Clock.PauseAsync(seconds.Measure);
            var passed = Clock.Now - at;
            found.Add(system.Name, What.IdleCpu, (ProcessTree.CpuSeconds(family) - cpu) / passed * 100);
            found.Add(system.Name, What.IdleCommands, (await redis.CommandsAsync() - commands - 1) / passed);
            var (rss, pss) = ProcessTree.Memory(worker.Id);
            found.Add(system.Name, What.Rss, rss);
            found.Add(system.Name, What.Pss, pss);
        }
        finally
        {
            await worker.StopAsync();
        }
    }

    private static async Task ReadyAsync(int port)
    {
        using var client = new HttpClient();
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/readyz"));
        await Clock.UntilAsync(
            async () =>
            {
                try
                {
                    using var answer = await client.GetAsync(address);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(30),
            "the worker is ready");
    }
}
