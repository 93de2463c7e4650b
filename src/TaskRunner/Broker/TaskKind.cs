using System.Globalization;

namespace TaskRunner.Broker;

/// <summary>What a worker must know to run a parked task: a task type, or a version of the message.</summary>
internal static class TaskKind
{
    /// <summary>Tasks of a type.</summary>
    public static string OfType(string task) => "t:" + task;

    /// <summary>Messages of a version.</summary>
    public static string OfVersion(int version) => string.Create(CultureInfo.InvariantCulture, $"v:{version}");
}

/// <summary>A task type that a worker knows how to run.</summary>
/// <param name="Name">The type.</param>
/// <param name="RateLimit">The limit that its code sets; null for none.</param>
internal sealed record KnownTask(string Name, RateLimit? RateLimit);
