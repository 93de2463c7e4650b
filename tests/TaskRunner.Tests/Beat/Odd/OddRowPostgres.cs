using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Beat.Odd;

/// <summary>The collection of tests of odd rows: they have a PostgreSQL of their own, so that they run beside the other tests of beat.</summary>
[CollectionDefinition(Name)]
public sealed class OddRowPostgres : ICollectionFixture<PostgresFixture>
{
    /// <summary>What a test class writes into its <c>[Collection]</c>.</summary>
    public const string Name = "PostgreSQL of odd rows";
}
