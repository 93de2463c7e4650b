using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Bench.Support;

/// <summary>The one Redis of a run, without persistence, for all systems in turn.</summary>
internal sealed class RedisBox : IAsyncDisposable
{
    private readonly Child server;
    private readonly RedisClient client;

    private RedisBox(Child server, int port)
    {
        this.server = server;
        Port = port;
        client = new RedisClient(RedisOptions.Parse(Url), "bench", TimeProvider.System, NullLogger.Instance);
    }

    public int Port { get; }

    public string Url => $"redis://127.0.0.1:{Port}";

    public static async Task<RedisBox> StartAsync(string folder)
    {
        var port = FreePort();
        var server = Child.Start(
            "redis-server", ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--dir", folder], new Dictionary<string, string>(), Path.Combine(folder, "redis.log"));
        var box = new RedisBox(server, port);
        await Clock.UntilAsync(async () => await box.IsUpAsync(), TimeSpan.FromSeconds(20), "redis-server answers");
        return box;
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public Task<RespValue> ExecuteAsync(string verb, params RedisArgument[] arguments) => client.ExecuteAsync(RedisCommand.Create(verb, arguments), default);

    public async Task<long> LengthAsync(string list) => (await ExecuteAsync("LLEN", list)).AsInteger();

    public Task ClearAsync() => ExecuteAsync("FLUSHALL");

    public double CpuSeconds() => ProcessTree.CpuSeconds([server.Id]);

    /// <summary>Commands since it started; asking counts as one.</summary>
    public async Task<long> CommandsAsync()
    {
        var info = (await ExecuteAsync("INFO", "stats")).AsString();
        return long.Parse(info.Split("total_commands_processed:")[1].Split('\r')[0], CultureInfo.InvariantCulture);
    }

    /// <summary>What tasks wrote into a list, as numbers.</summary>
    public async Task<double[]> NumbersAsync(string list) =>
        [.. (await ExecuteAsync("LRANGE", list, 0, -1)).Items.Select(v => double.Parse(v.AsString(), CultureInfo.InvariantCulture))];

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        await server.StopAsync();
        server.Dispose();
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            return !(await ExecuteAsync("PING")).IsError;
        }
        catch (RedisUnavailableException)
        {
            return false;
        }
    }
}
