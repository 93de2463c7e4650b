namespace ClusterTests.Installation;

/// <summary>How many of some tasks have which result.</summary>
/// <param name="Succeeded">Finished well.</param>
/// <param name="Dead">Given up.</param>
/// <param name="Other">Without a final result.</param>
internal sealed record TaskCount(int Succeeded, int Dead, int Other);
