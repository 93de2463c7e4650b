namespace TaskRunner.Beat;

/// <summary>One beat that has shown itself.</summary>
/// <param name="Name">The beat's name, unique for each process.</param>
/// <param name="SeenAge">Time since it last did, by the clock of the database; a live beat shows itself every 2 s.</param>
/// <param name="Version">Version of its program.</param>
public sealed record BeatInfo(string Name, TimeSpan SeenAge, string Version);
