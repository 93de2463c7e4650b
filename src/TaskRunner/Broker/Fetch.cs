namespace TaskRunner.Broker;

/// <summary>How many tasks a worker asks a queue for.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Count">How many it has room for; 0 takes none.</param>
/// <param name="Generation">Fetches of one generation are given up together: once a worker asked the broker what it holds, older ones take nothing any more.</param>
internal readonly record struct Fetch(string Queue, int Count, int Generation = 0);
