using System.Globalization;
using TaskRunner.Broker;
using TaskRunner.FaultWorker.Hostile;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;

namespace TaskRunner.FaultWorker.Chaos;

/// <summary>A producer of tasks of the hostile types, some with rules, and of messages that no sound producer writes.</summary>
internal static class ChaosProduce
{
    private const int Batch = 10;

    /// <summary>URL NAMESPACE LEDGER SEED TASKS RATE CRASHES: how many tasks, how many a second, how many of them end their process.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var numbers = args[3..].Select(a => int.Parse(a, CultureInfo.InvariantCulture)).ToArray();
        var (random, tasks, rate, crashes) = (new Random(numbers[0]), numbers[1], numbers[2], numbers[3]);
        using var ledger = new Ledger(args[2]);
        await using var harness = await Work.ConnectAsync(args[0], args[1]);
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds((double)Batch / rate), TimeProvider.System);
        var crashEvery = crashes == 0 ? int.MaxValue : Math.Max(1, tasks / crashes);
        for (var next = 0; next < tasks; next += Batch)
        {
            var requests = Enumerable.Range(next, Batch).Select(number => Request(random, number % crashEvery == crashEvery - 1)).ToList();
            await SendAsync(async () => await harness.Broker.EnqueueAsync(requests, default));
            foreach (var request in requests)
            {
                ledger.Answered(request.Message.Id);
            }

            for (var i = 0; i < 3; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"bad{random.NextInt64():x29}");
                var message = HostileMessage.Draw(random, id, sharedKey: "k");
                var list = harness.Queue.Ready[random.Next(10)];
                await SendAsync(async () => await harness.Client.ExecuteAsync(RedisCommand.Create(random.Next(2) == 0 ? "RPUSH" : "LPUSH", list, message.Bytes), default));
            }

            await Console.Out.WriteLineAsync((next + Batch).ToString(CultureInfo.InvariantCulture));
            await pace.WaitForNextTickAsync();
        }

        return 0;
    }

    private static EnqueueRequest Request(Random random, bool crashes)
    {
        var names = crashes ? ChaosTasks.Crashes : ChaosTasks.Names;
        var message = BrokerHarness.Message(random.Next(3) == 0 && !crashes ? "chaos.ok" : names[random.Next(names.Count)], priority: random.Next(10)) with
        {
            KeepResult = TimeSpan.FromHours(3),
            Rules = random.Next(4) != 0 ? null : new TaskRules
            {
                ConcurrencyKey = random.Next(2) == 0 ? "k" : null,
                ConcurrencyLimit = 4,
                RateKey = random.Next(2) == 0 ? "r" : null,
                RateLimit = new RateLimit(1000, TimeSpan.FromSeconds(1)),
                UniqueKey = random.Next(2) == 0 ? "u" + random.NextInt64().ToString(CultureInfo.InvariantCulture) : null,
            },
        };
        return new EnqueueRequest(message) { RememberId = TimeSpan.FromHours(3), Delay = random.Next(10) == 0 ? TimeSpan.FromMilliseconds(random.Next(2000)) : TimeSpan.Zero };
    }

    /// <summary>Without an answer the same is sent again. A hostile message may so come twice, which is one more way to be hostile.</summary>
    private static async Task SendAsync(Func<Task> sendAsync)
    {
        while (true)
        {
            try
            {
                await sendAsync();
                return;
            }
            catch (Exception e) when (e is BrokerUnavailableException or RedisUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }
}
