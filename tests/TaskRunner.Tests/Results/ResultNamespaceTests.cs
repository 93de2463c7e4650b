using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Database;
using TaskRunner.Results;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Results;

/// <summary>Results of several installations on one database.</summary>
[Collection(PostgresFixture.Name)]
public sealed class ResultNamespaceTests(PostgresFixture fixture)
{
    private const string Namespaces = "SELECT string_agg(format('%s/%s', namespace, task), ' ' ORDER BY task) FROM taskrunner.results";

    [Fact]
    public async Task Results_of_one_installation_are_not_read_by_another()
    {
        var options = await fixture.CreateMigratedAsync();
        await RegisterAsync(options, "shop");
        await RegisterAsync(options, "erp");
        await using var shop = new Postgres(options with { Namespace = "shop" });
        await using var erp = new Postgres(options with { Namespace = "erp" });
        var (ofShop, ofErp) = (Result("a"), Result("b"));
        await Store(shop).WriteAsync([ofShop], CancellationToken.None);
        await Store(shop).NoteSupersededAsync([ofShop], CancellationToken.None);
        await Store(erp).WriteAsync([ofErp], CancellationToken.None);
        await Store(erp).NoteSupersededAsync([ofErp], CancellationToken.None);

        (await Store(shop).ReadAsync([ofShop.Id, ofErp.Id], CancellationToken.None)).Should().Equal(ofShop);
        (await Store(erp).ReadAsync([ofShop.Id, ofErp.Id], CancellationToken.None)).Should().Equal(ofErp);
        (await Store(erp).ReadAsync(ofShop.Id, CancellationToken.None)).Should().BeNull();
        (await Store(erp).ReadSupersededAsync(ofShop.Id, CancellationToken.None)).Should().BeEmpty();
        (await Store(erp).ReadSupersededAsync(ofErp.Id, CancellationToken.None)).Should().ContainSingle();
    }

    [Fact]
    public async Task Whoever_writes_results_learns_of_an_installation_that_comes_later_and_is_none_itself()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var worker = new Postgres(options with { Namespace = "erp" });
        await Store(worker).WriteAsync([Result("before")], CancellationToken.None);
        (await fixture.Server.ScalarAsync<long>(options.Database, "SELECT count(*) FROM taskrunner.namespaces")).Should().Be(0L);
        await RegisterAsync(options, "shop");

        await Store(worker).WriteAsync([Result("later")], CancellationToken.None);

        (await fixture.Server.ScalarAsync<string>(options.Database, Namespaces)).Should().Be("/before erp/later");
        (await fixture.Server.ScalarAsync<string>(options.Database, "SELECT string_agg(namespace, ' ') FROM taskrunner.namespaces")).Should().Be("shop");
    }

    [Fact]
    public async Task Whoever_looks_at_the_moment_at_which_its_installation_becomes_the_first_one_is_at_home()
    {
        var options = await fixture.CreateMigratedAsync();
        await using var worker = new Postgres(options with { Namespace = "shop", MaxConnections = 12 });
        using var isOver = new CancellationTokenSource();
        async Task<HashSet<string>> LookAsync()
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (!isOver.IsCancellationRequested)
            {
                keys.Add((await Installation.OfAsync(worker, CancellationToken.None)).Key);
                await Task.Yield();
            }

            return keys;
        }

        var looks = Enumerable.Range(0, 12).Select(_ => Task.Run(LookAsync)).ToList();
        await Installation.OfAsync(worker, CancellationToken.None);
        await RegisterAsync(options, "shop");
        await isOver.CancelAsync();

        (await Task.WhenAll(looks)).SelectMany(keys => keys).Distinct().Should().Equal("");
    }

    [Fact]
    public async Task Role_that_may_not_read_the_namespaces_writes_its_results_at_home()
    {
        var options = await fixture.CreateMigratedAsync();
        var role = $"worker_{options.Database}";
        await RegisterAsync(options, "shop");
        await fixture.Server.ExecuteAsync(
            options.Database,
            $"CREATE ROLE {role} LOGIN PASSWORD '{PostgresServer.Password}'; GRANT USAGE ON SCHEMA taskrunner TO {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON taskrunner.results TO {role}");
        await using var worker = new Postgres(options with { Namespace = "shop", User = role });
        var result = Result("a");

        await Store(worker).WriteAsync([result], CancellationToken.None);

        (await Store(worker).ReadAsync(result.Id, CancellationToken.None)).Should().Be(result);
        (await fixture.Server.ScalarAsync<string>(options.Database, Namespaces)).Should().Be("/a");
    }

    private static PostgresResultStore Store(Postgres postgres) => new(postgres, TimeSpan.FromDays(1), NullLogger.Instance);

    private static async Task RegisterAsync(DatabaseOptions options, string name)
    {
        await using var beat = new Postgres(options with { Namespace = name, Registers = true });
        await Installation.OfAsync(beat, CancellationToken.None);
    }

    private static TaskResult Result(string task) => new()
    {
        Id = Guid.NewGuid(),
        Task = task,
        Queue = "q",
        State = TaskState.Succeeded,
        Attempts = 1,
        Worker = "worker-1",
        EnqueuedAt = ResultRules.Noon,
        StartedAt = ResultRules.Noon,
        FinishedAt = ResultRules.Noon,
    };
}
