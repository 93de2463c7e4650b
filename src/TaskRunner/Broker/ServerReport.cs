using TaskRunner.Redis;

namespace TaskRunner.Broker;

/// <summary>What the server of the broker was found to be. Null means that it does not tell.</summary>
/// <param name="Endpoint">Its address, for sentences.</param>
/// <param name="Server">Kind and version.</param>
internal sealed record ServerReport(string Endpoint, RedisServerInfo Server)
{
    public bool HasListPop { get; init; } = true;

    public bool HasLua { get; init; } = true;

    /// <summary>Whether a script runs as if it were alone.</summary>
    public bool? IsIsolated { get; init; }

    /// <summary>What the server does when its memory is full.</summary>
    public string? EvictionPolicy { get; init; }

    /// <summary>Bytes that data may take; 0 is no limit of its own.</summary>
    public long? MaxMemory { get; init; }

    public bool? AppendOnly { get; init; }

    /// <summary>How often the append-only file is synced: <c>always</c>, <c>everysec</c> or <c>no</c>.</summary>
    public string? AppendSync { get; init; }

    /// <summary>How far the server's clock is ahead of this process's. It decides nothing; it explains what people see.</summary>
    public TimeSpan ClockOffset { get; init; }

    /// <summary>What it lacks, one sentence each; empty when the program can work with it.</summary>
    public IReadOnlyList<string> Lacks => [.. FindLacks()];

    /// <exception cref="UnfitServerException">It lacks something.</exception>
    public void ThrowIfUnfit()
    {
        if (Lacks is { Count: > 0 } lacks)
        {
            throw new UnfitServerException(string.Join(' ', lacks));
        }
    }

    public override string ToString() => string.Join(
        ", ",
        $"{Server} at {Endpoint}",
        IsIsolated switch { true => "scripts are isolated", false => "scripts are not isolated", null => "isolation of scripts unknown" },
        EvictionPolicy switch { "noeviction" => "nothing is evicted", null => "eviction policy unknown", _ => $"evicts by {EvictionPolicy}" },
        MaxMemory switch { null => "memory limit unknown", 0 => "no memory limit", { } limit => $"memory limit {limit / 1048576} MiB" },
        AppendOnly switch { true => $"append-only file on (fsync {AppendSync ?? "unknown"})", false => "append-only file off: a restart loses every task", null => "append-only file unknown" },
        $"clock {Math.Abs(ClockOffset.TotalMilliseconds):0} ms {(ClockOffset < TimeSpan.Zero ? "behind" : "ahead")}");

    private IEnumerable<string> FindLacks()
    {
        if (!HasListPop)
        {
            yield return $"The broker at {Endpoint} is {Server}, which has no LMPOP: it takes Redis 7.0, Valkey or Garnet, or newer.";
        }

        if (!HasLua)
        {
            yield return $"The broker at {Endpoint} ({Server}) runs no Lua scripts for this user: start Garnet with --lua --lua-transaction-mode, or allow EVAL and EVALSHA to the user.";
        }

        if (IsIsolated == false)
        {
            yield return $"The broker at {Endpoint} ({Server}) runs scripts at the same time on the same keys, which would lose and double tasks: start Garnet with --lua-transaction-mode.";
        }

        if (EvictionPolicy is not (null or "noeviction"))
        {
            yield return $"The broker at {Endpoint} ({Server}) may throw tasks away when its memory is full (maxmemory-policy {EvictionPolicy}): set maxmemory-policy to noeviction.";
        }
    }
}
