using TaskRunner.Beat;
using TaskRunner.Broker;
using TaskRunner.Database;

namespace TaskRunner.Tests.Beat.Model;

/// <summary>One beat: takes turns when it is told to, and dies at any point when it is told to.</summary>
internal sealed class ModelBeat : IEnqueuer, IAsyncDisposable
{
    // Longer than beats that turn at once take on a busy host, and shorter than the 5 s by which statements look ahead.
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(4);

    private readonly CancellationTokenSource stop = new();
    private readonly Postgres postgres;
    private readonly BeatService service;

    public ModelBeat(ModelPlace place, string name, int port, TimeProvider time)
    {
        (Place, Name) = (place, name);
        Wire = new CuttingWire(port);
        postgres = new Postgres(place.Options with { Port = Wire.Port, Registers = true });
        service = new BeatService(
            new BeatOptions { Name = name, HandOver = HandOver }, postgres, this, new RecordingObserver(), time, new Random(1), Log);
        Janitor = new TickJanitor(postgres, TickLedger.TimeToLive, time, Log);
    }

    public ModelPlace Place { get; }

    public string Name { get; }

    public CuttingWire Wire { get; }

    public RecordingLog Log { get; } = new();

    public TickJanitor Janitor { get; }

    /// <summary>What becomes of it when it next asks the broker; null: nothing.</summary>
    public Fate? Next { get; set; }

    /// <summary>Whether its process is gone.</summary>
    public bool IsDead => Wire.IsDown || stop.IsCancellationRequested;

    /// <summary>Goes round once, as its loop does.</summary>
    public async Task TurnAsync()
    {
        try
        {
            await service.TurnAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // It was told to stop.
        }
    }

    public async Task<IReadOnlyList<EnqueueStatus>> EnqueueAsync(IReadOnlyList<EnqueueRequest> requests, CancellationToken cancellationToken)
    {
        var fate = Next;
        Next = null;
        if (fate == Fate.DiesBefore)
        {
            Die();
        }
        else if (fate == Fate.Stops)
        {
            await stop.CancelAsync();
        }

        var statuses = await Place.Broker.EnqueueAsync(requests, cancellationToken);
        if (fate == Fate.DiesAfter)
        {
            Die();
        }

        return statuses;
    }

    public Task<IReadOnlyList<bool>> RemembersAsync(string queue, IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        Place.Broker.RemembersAsync(queue, ids, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Wire.DisposeAsync();
        await postgres.DisposeAsync();
        stop.Dispose();
    }

    // Nothing that it does from here on reaches anybody.
    private void Die()
    {
        Wire.Cut(forGood: true);
        throw new BrokerUnavailableException("the process is gone");
    }
}

/// <summary>What becomes of a beat when it asks the broker.</summary>
internal enum Fate
{
    /// <summary>Its process is gone before the broker has heard of anything.</summary>
    DiesBefore,

    /// <summary>Its process is gone before it has heard the answer.</summary>
    DiesAfter,

    /// <summary>It is told to stop meanwhile.</summary>
    Stops,
}
