using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskRunner.Broker;

namespace TaskRunner.FaultWorker;

/// <summary>A producer that enqueues numbered tasks and notes which enqueues were answered. Without an answer it sends the same tasks again.</summary>
internal static class Produce
{
    private const int LargestBatch = 20;

    public static async Task<int> RunAsync(string[] args)
    {
        var numbers = args[3..].Select(a => int.Parse(a, CultureInfo.InvariantCulture)).ToArray();
        var (seed, from, to, rate, longest) = (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
        using var ledger = new Ledger(args[2]);
        await using var harness = await Work.ConnectAsync(args[0], args[1]);
        var began = Stopwatch.GetTimestamp();
        var random = new Random(seed ^ from);
        for (var next = from; next < to;)
        {
            var batch = Enumerable.Range(next, Math.Min(to - next, random.Next(1, LargestBatch + 1))).Select(number => Request(seed, number, longest)).ToList();
            await EnqueueAsync(harness.Broker, batch);
            foreach (var request in batch)
            {
                ledger.Answered(request.Message.Id);
            }

            next += batch.Count;
            await Console.Out.WriteLineAsync(next.ToString(CultureInfo.InvariantCulture));
            var ahead = TimeSpan.FromSeconds((double)(next - from) / rate) - Stopwatch.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero)
            {
                await Task.Delay(ahead, TimeProvider.System);
            }
        }

        return 0;
    }

    private static async Task EnqueueAsync(RedisBroker broker, List<EnqueueRequest> batch)
    {
        while (true)
        {
            try
            {
                await broker.EnqueueAsync(batch, default);
                return;
            }
            catch (BrokerUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    /// <summary>Task by number: the same after a restart of the producer.</summary>
    private static EnqueueRequest Request(int seed, int number, int longest)
    {
        var random = new Random(HashCode(seed, number));
        var id = new byte[16];
        random.NextBytes(id);
        BitConverter.TryWriteBytes(id, number);
        var message = new TaskMessage
        {
            Id = new Guid(id),
            Task = "fault.pause",
            Queue = "default",
            Priority = random.Next(10),
            Arguments = Encoding.UTF8.GetBytes($"{{\"ms\":{random.Next(longest + 1)}}}"),
            EnqueuedAt = TimeProvider.System.GetUtcNow(),
        };
        return new EnqueueRequest(message)
        {
            RememberId = TimeSpan.FromHours(2),
            Delay = random.Next(10) == 0 ? TimeSpan.FromMilliseconds(random.Next(3000)) : TimeSpan.Zero,
        };
    }

    private static int HashCode(int seed, int number) => unchecked((seed * 1_000_003) ^ (number * 7919));
}
