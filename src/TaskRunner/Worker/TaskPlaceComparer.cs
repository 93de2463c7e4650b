namespace TaskRunner.Worker;

/// <summary>Compares tasks by queue and id, and makes hashes of the id alone: an id rarely stands in two queues, and this is done for each task several times.</summary>
internal sealed class TaskPlaceComparer : IEqualityComparer<(string Queue, string Id)>
{
    public static TaskPlaceComparer Instance { get; } = new();

    public bool Equals((string Queue, string Id) x, (string Queue, string Id) y) => x.Id == y.Id && x.Queue == y.Queue;

    public int GetHashCode((string Queue, string Id) place) => place.Id.GetHashCode(StringComparison.Ordinal);
}
