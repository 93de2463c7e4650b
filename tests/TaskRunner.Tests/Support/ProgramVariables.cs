using TaskRunner.Database;

namespace TaskRunner.Tests.Support;

/// <summary>The variables of a program on the stores of the tests, in a namespace of its own.</summary>
internal static class ProgramVariables
{
    /// <summary>A program without a database.</summary>
    public static (string Name, string Value)[] Of(RedisFixture redis) =>
        [("TASKRUNNER_BROKER_URL", redis.Url), ("TASKRUNNER_NAMESPACE", "t" + Guid.NewGuid().ToString("N")[..12])];

    /// <summary>A program with a database, for a connection to which it waits as long as tests do.</summary>
    public static (string Name, string Value)[] Of(RedisFixture redis, DatabaseOptions database) => [.. Of(redis), .. Of(database)];

    /// <summary>The database alone.</summary>
    public static (string Name, string Value)[] Of(DatabaseOptions database) =>
        [
            ("TASKRUNNER_DATABASE_URL", $"{database}?connect_timeout={database.ConnectTimeout.TotalSeconds:0}"),
            ("TASKRUNNER_DATABASE_PASSWORD", database.Password?.Invoke() ?? ""),
        ];
}
