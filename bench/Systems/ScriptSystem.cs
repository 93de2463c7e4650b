using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Systems;

/// <summary>A peer whose producer is a script with the modes enqueue, bulk and latency.</summary>
internal abstract class ScriptSystem(string folder) : QueueSystem
{
    /// <summary>Where the scripts are.</summary>
    protected string Folder => folder;

    /// <summary>The interpreter and the script.</summary>
    protected abstract IReadOnlyList<string> Producer { get; }

    public override async Task<double> EnqueueBulkAsync(RedisBox redis, int count) => Seconds(await RunAsync(redis, "bulk", Text(count)));

    public override async Task<double> EnqueueSingleAsync(RedisBox redis, int count) => Seconds(await RunAsync(redis, "enqueue", Text(count)));

    public override Task EnqueueLatencyAsync(RedisBox redis, int count, double pause) => RunAsync(redis, "latency", Text(count), Text(pause));

    public override async Task<string?> MissingAsync()
    {
        try
        {
            await VersionAsync();
            return null;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"{Name} is not installed here.";
        }
    }

    private Task<string> RunAsync(RedisBox redis, params string[] arguments) =>
        Child.RunAsync(Producer[0], [.. Producer.Skip(1), .. arguments], Environment(redis), folder);
}
