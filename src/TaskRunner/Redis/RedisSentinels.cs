using System.Globalization;
using TaskRunner.Resp;

namespace TaskRunner.Redis;

/// <summary>Asks sentinels for the master. One sentinel that answers is enough; the one that answered last is asked first.</summary>
/// <param name="options">The server as configured; without sentinels it is found where it stands.</param>
/// <param name="connectionName">How the connection to a sentinel is called there.</param>
/// <param name="time">Clock for deadlines.</param>
internal sealed class RedisSentinels(RedisOptions options, string connectionName, TimeProvider time)
{
    /// <summary>Time for one sentinel: several must fit into the wait for a connection.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private int _first;

    /// <summary>How often a client that is connected asks whether its server is still the master.</summary>
    public static TimeSpan PollInterval { get; } = TimeSpan.FromSeconds(1);

    public bool IsUsed => options.Sentinel is not null;

    /// <summary>The options of the server that is the master now.</summary>
    /// <exception cref="RedisUnavailableException">No sentinel answered, or none knows the master; the message names each with its reason.</exception>
    public async Task<RedisOptions> LocateAsync(CancellationToken cancellationToken)
    {
        if (options.Sentinel is not { } sentinel)
        {
            return options;
        }

        var troubles = new List<string>();
        foreach (var (place, target) in Targets(sentinel))
        {
            try
            {
#pragma warning disable CA2000 // It is disposed asynchronously, which the rule does not see.
                await using var connection = await RedisConnection.OpenAsync(target, connectionName, time, cancellationToken);
#pragma warning restore CA2000
                var sent = connection.TrySend(Question(sentinel), Limit) ?? throw new RedisUnavailableException(await connection.Closed, mayHaveExecuted: false);
                return Read(place, target, (await sent.WaitAsync(cancellationToken))[0]);
            }
            catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
            {
                troubles.Add(e.Message);
            }
        }

        throw Nowhere(sentinel, troubles);
    }

    /// <summary>The same on the calling thread.</summary>
    public RedisOptions Locate()
    {
        if (options.Sentinel is not { } sentinel)
        {
            return options;
        }

        var troubles = new List<string>();
        foreach (var (place, target) in Targets(sentinel))
        {
            try
            {
                using var connection = BlockingRedisConnection.Open(target, connectionName, time);
                return Read(place, target, connection.Send(Question(sentinel), Limit)[0]);
            }
            catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
            {
                troubles.Add(e.Message);
            }
        }

        throw Nowhere(sentinel, troubles);
    }

    private static RedisCommand Question(RedisSentinelOptions sentinel) => RedisCommand.Create("SENTINEL", "get-master-addr-by-name", sentinel.Master);

    private static RedisUnavailableException Nowhere(RedisSentinelOptions sentinel, List<string> troubles) =>
        new($"No sentinel told where the master {sentinel.Master} is: {string.Join("; ", troubles)}", mayHaveExecuted: false);

    private IEnumerable<(int Place, RedisOptions Target)> Targets(RedisSentinelOptions sentinel)
    {
        var first = Volatile.Read(ref _first);
        for (var i = 0; i < sentinel.Addresses.Count; i++)
        {
            var place = (first + i) % sentinel.Addresses.Count;
            var (host, port) = sentinel.Addresses[place];
            yield return (place, options with
            {
                Host = host,
                Port = port,
                Database = 0,
                Sentinel = null,
                Username = sentinel.Username,
                Password = sentinel.Password,
                ConnectTimeout = Limit,
                CommandTimeout = Limit,
            });
        }
    }

    private RedisOptions Read(int place, RedisOptions asked, RespValue reply)
    {
        if (RedisReplies.ValueOrThrow(reply) is not { IsNull: false, Items: { Count: 2 } address } || !int.TryParse(address[1].AsString(), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            throw new RedisUnavailableException($"the sentinel at {asked.Endpoint} knows no master {options.Sentinel!.Master}", mayHaveExecuted: false);
        }

        Volatile.Write(ref _first, place);
        return options with { Host = address[0].AsString(), Port = port, Sentinel = null };
    }
}
