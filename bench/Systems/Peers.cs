using TaskRunner.Bench.Support;

namespace TaskRunner.Bench.Systems;

/// <summary>Celery with its default pool of processes, acknowledging late as TaskRunner does.</summary>
internal sealed class Celery(string folder) : ScriptSystem(folder)
{
    private const string Python = "/usr/bin/python3";

    public override string Name => "Celery";

    public override string Setup => "`--concurrency 4`, prefork, `acks_late`, results ignored";

    public override string Backlog => "celery";

    public override int Tasks => 4_000;

    protected override IReadOnlyList<string> Producer => [Python, "celery_peer.py"];

    public override async Task<string> VersionAsync() =>
        (await Child.RunAsync(Python, ["-c", "import celery, redis; print(celery.__version__)"], new Dictionary<string, string>())).Trim();

    public override Child StartWorker(RedisBox redis, string log) =>
        Child.Start(Python, ["-m", "celery", "-A", "celery_peer", "worker", "--concurrency", "4", "--loglevel", "ERROR"], Environment(redis), log, Folder);
}

/// <summary>Sidekiq with its default concurrency. Its open edition takes a task out of Redis before it runs: a crash loses it.</summary>
internal sealed class Sidekiq(string folder) : ScriptSystem(folder)
{
    public override string Name => "Sidekiq";

    public override string Setup => "`-c 10`, log level warn; takes tasks with BRPOP and loses them on a crash";

    public override string Backlog => "queue:default";

    public override int Tasks => 20_000;

    protected override IReadOnlyList<string> Producer => ["/usr/bin/ruby", "sidekiq_peer.rb"];

    public override async Task<string> VersionAsync() =>
        (await Child.RunAsync("/usr/bin/ruby", ["-e", "require 'sidekiq'; puts Sidekiq::VERSION"], new Dictionary<string, string>())).Trim();

    public override Child StartWorker(RedisBox redis, string log) =>
        Child.Start("/usr/bin/sidekiq", ["-r", "./sidekiq_peer.rb", "-c", "10", "-q", "default"], Environment(redis), log, Folder);
}

/// <summary>BullMQ with the concurrency that is best for no-op tasks.</summary>
internal sealed class BullMq(string folder) : ScriptSystem(folder)
{
    public override string Name => "BullMQ";

    public override string Setup => "concurrency 50, completed jobs removed";

    public override string Backlog => "bull:bench:wait";

    public override int Tasks => 20_000;

    protected override IReadOnlyList<string> Producer => ["node", "bullmq_peer.mjs"];

    public override async Task<string> VersionAsync() => (await Child.RunAsync(
        "node", ["-e", "import('bullmq').then(() => console.log(JSON.parse(require('fs').readFileSync('node_modules/bullmq/package.json')).version))"], new Dictionary<string, string>(), Folder)).Trim();

    public override Child StartWorker(RedisBox redis, string log) => Child.Start("node", ["bullmq_peer.mjs", "work", "50"], Environment(redis), log, Folder);
}
