using FluentAssertions;
using TaskRunner.Redis;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class RedisUnixSocketTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("taskrunner-socket-").FullName;
    private RedisServer server = null!;

    private string Socket => Path.Combine(folder, "redis.sock");

    [Theory]
    [InlineData("unix://{0}?db=3", 3)]
    [InlineData("unix://:s%40cret@{0}", 0)]
    [InlineData("redis+unix://default:s@cret@{0}?db=2", 2)]
    [InlineData("redis+socket://{0}?virtual_host=1&password=s@cret", 1)]
    [InlineData("redis-socket://:s@cret@{0}?database=4&protocol=2", 4)]
    public async Task Socket_is_connected_to_by_both_clients(string url, int database)
    {
        var options = RedisOptions.Parse(url.Replace("{0}", Socket, StringComparison.Ordinal).Replace("password=s@cret", "password=s%40cret", StringComparison.Ordinal));
        options = options with { Password = options.Password ?? (() => "s@cret") };
        await using var client = Clients.For(options);
        using var blocking = Clients.Blocking(options);

        var key = Clients.Key();
        await client.ExecuteAsync(RedisCommand.Create("SET", key, "there"), default);

        blocking.Execute(RedisCommand.Create("GET", key)).AsString().Should().Be("there");
        blocking.Execute(RedisCommand.Create("CLIENT", "INFO")).AsString().Should().Contain($" db={database} ").And.Contain(Socket);
    }

    [Fact]
    public async Task Socket_that_is_not_there_is_a_sentence()
    {
        var options = RedisOptions.Parse("unix:///no/such.sock");
        await using var client = Clients.For(options);
        using var blocking = Clients.Blocking(options);
        var connect = () => client.ConnectAsync(default);
        var execute = () => blocking.Execute(RedisCommand.Create("PING"));

        (await connect.Should().ThrowAsync<RedisUnavailableException>()).WithMessage("Redis at /no/such.sock cannot be reached: there is no such socket");
        execute.Should().Throw<RedisUnavailableException>().WithMessage("Redis at /no/such.sock cannot be reached: there is no such socket");
    }

    [Fact]
    public async Task Path_that_is_too_long_is_a_sentence()
    {
        await using var client = Clients.For($"unix:///{new string('x', 200)}");
        var connect = () => client.ConnectAsync(default);

        (await connect.Should().ThrowAsync<RedisUnavailableException>()).WithMessage("*the path of the socket is too long*");
    }

    [Fact]
    public async Task Worker_runs_tasks_over_a_socket()
    {
        var program = new StockProgram(("TASKRUNNER_BROKER_URL", $"unix://:s@cret@{Socket}?db=5"));
        await using var worker = await program.StartAsync("worker");

        var outcome = await program.RunAsync("enqueue", "debug.echo", "--wait");

        outcome.Code.Should().Be(0, outcome.Error);
    }

    public async Task InitializeAsync() => server = await RedisServer.StartAsync(new RedisServerOptions { Password = "s@cret", Configuration = [$"unixsocket {Socket}"] });

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
