using TaskRunner.Database;
using Xunit;

namespace TaskRunner.Tests.Support;

/// <summary>One PostgreSQL for all tests of the collection <see cref="Name"/>; each test takes databases of its own.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresFixture : IAsyncLifetime, ICollectionFixture<PostgresFixture>
{
    /// <summary>What a test class writes into its <c>[Collection]</c>.</summary>
    public const string Name = "PostgreSQL";

    private PostgresServer? server;

    public PostgresServer Server => server ?? throw new InvalidOperationException("The fixture has not started yet.");

    /// <summary>A migrated database for tests that do not mind each other's rows.</summary>
    public DatabaseOptions Shared { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        server = await PostgresServer.StartNewAsync();
        Shared = await server.CreateMigratedAsync();
    }

    public async Task DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }
    }

    /// <summary>A migrated database with a name of its own.</summary>
    public Task<DatabaseOptions> CreateMigratedAsync() => Server.CreateMigratedAsync();

    /// <summary>An empty database with a name of its own.</summary>
    public Task<DatabaseOptions> CreateEmptyAsync() => Server.CreateEmptyAsync();
}
