using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskRunner.Observability;
using TaskRunner.Redis;
using TaskRunner.Resp;

namespace TaskRunner.Broker;

/// <summary>Finds out what a server is and can do: it asks where the server tells, and tries where it does not.</summary>
/// <param name="redis">The server.</param>
/// <param name="options">How the broker is used: the trial's key lies in its namespace.</param>
/// <param name="time">Clock.</param>
/// <param name="logger">Told what was found.</param>
internal sealed partial class ServerProbe(RedisOptions redis, BrokerOptions options, TimeProvider time, ILogger logger)
{
    private const int ScriptsPerConnection = 20;
    private const int ReadsPerScript = 100;

    // Redis and Valkey run one script at a time by their nature. Another server is tried harder: long enough that two scripts meet on a busy machine.
    private const int HardTrials = 5;
    private const int ReadsPerHardScript = 2000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for the server, however long it is away, and says what it is.</summary>
    /// <exception cref="UnfitServerException">It lacks something.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var outage = new OutageLog("The broker cannot be checked", time, logger);
        while (true)
        {
            try
            {
                var report = await ReadAsync(cancellationToken);
                outage.Succeeded();
                report.ThrowIfUnfit();
                LogReport(logger, report);
                return;
            }
            catch (Exception e) when (e is RedisUnavailableException or RedisServerException)
            {
                outage.Failed(e);
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }

    /// <exception cref="RedisUnavailableException">The server cannot be reached, or cannot serve now.</exception>
    /// <exception cref="RedisServerException">The server refused the login.</exception>
    public async Task<ServerReport> ReadAsync(CancellationToken cancellationToken)
    {
        await using var first = new RedisClient(redis, "taskrunner-probe", time, NullLogger.Instance);
        await using var second = new RedisClient(redis, "taskrunner-probe", time, NullLogger.Instance);
        await first.ConnectAsync(cancellationToken);
        await second.ConnectAsync(cancellationToken);
        var key = new BrokerKeys(options.Namespace).Probe(Guid.NewGuid().ToString("N"));
        var asked = time.GetUtcNow();
        var clock = (await first.ExecuteAsync([RedisCommand.Create("TIME")], cancellationToken))[0];
        var answered = time.GetUtcNow();
        var replies = await first.ExecuteAsync(
            [
                RedisCommand.Create("INFO"),
                RedisCommand.Create("CONFIG", "GET", "maxmemory-policy"),
                RedisCommand.Create("CONFIG", "GET", "appendfsync"),
                RedisCommand.Create("LMPOP", 1, key, "LEFT"),
                RedisCommand.Create("EVAL", "return 1", 0),
            ],
            cancellationToken);
        var info = replies[0].IsError || replies[0].IsNull ? [] : RedisInfoText.Parse(replies[0].AsString());
        var hasLua = !replies[4].IsError || replies[4].ErrorCode == "BUSY";
        return new ServerReport(redis.Endpoint, first.Server ?? new RedisServerInfo("redis", "unknown"))
        {
            HasListPop = !IsUnknown(replies[3]),
            HasLua = hasLua,
            IsIsolated = hasLua ? await TryIsolationAsync(first, second, key, cancellationToken) : null,
            EvictionPolicy = info.GetValueOrDefault("maxmemory_policy") ?? Configured(replies[1]),
            MaxMemory = Number(info.GetValueOrDefault("maxmemory")),
            AppendOnly = Number(info.GetValueOrDefault("aof_enabled")) is { } enabled ? enabled != 0 : null,
            AppendSync = Configured(replies[2]),
            ClockOffset = Offset(clock, asked, answered),
        };
    }

    /// <summary>Whether two connections that count at the same time lose no count; null when the server refuses the trial.</summary>
    private static async Task<bool?> TryIsolationAsync(RedisClient first, RedisClient second, string key, CancellationToken cancellationToken)
    {
        var isSimple = first.Server?.Kind is "redis" or "valkey";
        for (var trial = 0; trial < (isSimple ? 1 : HardTrials); trial++)
        {
            var count = new LuaCall(BrokerScripts.Isolation, [key], [isSimple ? ReadsPerScript : ReadsPerHardScript]);

            // The script is known to both before the race, so that nothing but the race is seen.
            await first.EvaluateAsync([count], cancellationToken);
            await second.EvaluateAsync([count], cancellationToken);
            LuaCall[] many = [.. Enumerable.Repeat(count, ScriptsPerConnection)];
            var replies = (await Task.WhenAll(first.EvaluateAsync(many, cancellationToken), second.EvaluateAsync(many, cancellationToken))).SelectMany(r => r).ToList();
            await first.ExecuteAsync([RedisCommand.Create("DEL", key)], cancellationToken);
            if (replies.Any(reply => reply.IsError))
            {
                return null;
            }

            if (replies.Max(reply => reply.AsInteger()) != 2 + (2 * ScriptsPerConnection))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsUnknown(RespValue reply) => reply.IsError && reply.ErrorMessage.Contains("unknown command", StringComparison.OrdinalIgnoreCase);

    // RESP3 answers with a map, RESP2 with a flat array; both are name, value here.
    private static string? Configured(RespValue reply) => !reply.IsError && reply.Items.Count >= 2 ? reply.Items[1].AsString() : null;

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static TimeSpan Offset(RespValue clock, DateTimeOffset asked, DateTimeOffset answered)
    {
        if (clock.IsError)
        {
            return TimeSpan.Zero;
        }

        var server = DateTimeOffset.UnixEpoch.AddSeconds(clock.Items[0].AsInteger()).AddMicroseconds(clock.Items[1].AsInteger());
        return server - (asked + ((answered - asked) / 2));
    }

    [LoggerMessage(LogLevel.Information, "The broker is {Report}")]
    private static partial void LogReport(ILogger logger, ServerReport report);
}
