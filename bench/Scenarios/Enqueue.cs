using TaskRunner.Bench.Report;
using TaskRunner.Bench.Support;
using TaskRunner.Bench.Systems;

namespace TaskRunner.Bench.Scenarios;

/// <summary>One producer process, nobody consumes.</summary>
internal static class Enqueue
{
    public static async Task RunAsync(QueueSystem system, RedisBox redis, int single, int bulk, Measurements found)
    {
        await redis.ClearAsync();
        found.Add(system.Name, What.Single, single / await system.EnqueueSingleAsync(redis, single));
        if (system is not Celery)
        {
            // Celery has no call for many tasks.
            await redis.ClearAsync();
            found.Add(system.Name, What.Bulk, bulk / await system.EnqueueBulkAsync(redis, bulk));
        }

        if (system is Ours)
        {
            await redis.ClearAsync();
            found.Add(system.Name, What.Concurrent, bulk / await Ours.EnqueueConcurrentlyAsync(redis, bulk, 256));
        }

        await redis.ClearAsync();
    }
}
