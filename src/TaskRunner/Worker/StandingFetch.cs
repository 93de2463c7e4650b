using TaskRunner.Broker;

namespace TaskRunner.Worker;

/// <summary>
/// A fetch that waits in the broker behind the worker's sleep, and runs the moment a token ends it: the task comes with the wake-up.
/// Its slots are promised to it for as long as it stands.
/// </summary>
/// <param name="Life">In whose name it takes tasks.</param>
/// <param name="Fetch">What it asks for.</param>
internal sealed record StandingFetch(Incarnation Life, Fetch Fetch)
{
    /// <summary>
    /// How many tasks it asks for at most. The broker hands them out also to a worker that was frozen or cut off while it slept, and then they wait for the
    /// end of its lease; the next step fetches the rest.
    /// </summary>
    public const int MostTasks = 16;

    /// <summary>Whether it was called back, which is done once.</summary>
    public bool IsRecalled { get; set; }

    /// <summary>Whether what it brings is this life's to run: not after the life has ended, nor after the broker was asked what that life holds.</summary>
    public bool IsGoodFor(Incarnation? life, int generation) => ReferenceEquals(Life, life) && !Life.IsOver && Fetch.Generation >= generation;
}
