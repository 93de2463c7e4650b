using TaskRunner.Beat;
using TaskRunner.Database;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>One of the installations that share the database: its namespace, its broker, its verbs.</summary>
internal sealed class ModelPlace(BeatWorld world, DatabaseOptions options) : IAsyncDisposable
{
    private readonly Postgres postgres = new(options with { Driver = options.Driver.Add("Application Name", "verbs") });

    /// <summary>What its rows have in the column <c>namespace</c>.</summary>
    public string Key { get; } = options.Namespace == BeatWorld.Home ? "" : options.Namespace;

    public DatabaseOptions Options => options;

    /// <summary>What the verbs use.</summary>
    public Postgres Postgres => postgres;

    public ScheduleTable Table => new(postgres);

    public ModelBroker Broker { get; } = new(world.Time, world.ExamineAsync);

    public override string ToString() => options.Namespace;

    public ValueTask DisposeAsync() => postgres.DisposeAsync();
}
