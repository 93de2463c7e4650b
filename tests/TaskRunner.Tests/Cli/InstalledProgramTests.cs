using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The verbs as people use them, on an installation of the stock program with two queues.</summary>
public abstract class InstalledProgramTests(RedisFixture redis, PostgresFixture postgres) : IAsyncLifetime
{
    private StockProgram? program;

    private protected PostgresFixture Postgres => postgres;

    private protected RedisFixture Redis => redis;

    private protected StockProgram Program => program!;

    public async Task InitializeAsync() =>
        program = new StockProgram([.. ProgramVariables.Of(redis, await postgres.CreateMigratedAsync()), ("TASKRUNNER_QUEUES", "default,backups")]);

    public Task DisposeAsync() => Task.CompletedTask;
}
