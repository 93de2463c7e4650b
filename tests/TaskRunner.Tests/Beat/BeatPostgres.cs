using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat;

/// <summary>The collection of tests of beat with a database: they have a PostgreSQL of their own, so that they run beside the other tests that need one.</summary>
[CollectionDefinition(Name)]
public sealed class BeatPostgres : ICollectionFixture<PostgresFixture>
{
    /// <summary>What a test class writes into its <c>[Collection]</c>.</summary>
    public const string Name = "PostgreSQL of beat";
}
