using Xunit;

namespace TaskRunner.Tests.Support;

/// <summary>One server for all tests of a class; tests keep apart by their keys.</summary>
public class RedisFixture : IAsyncLifetime
{
    public RedisServer Server { get; protected set; } = null!;

    public string Url => Server.Url;

    public virtual async Task InitializeAsync() => Server = await RedisServer.StartAsync();

    public virtual async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>The same with a Valkey.</summary>
public sealed class ValkeyFixture : RedisFixture
{
    public override async Task InitializeAsync() => Server = await RedisServer.StartAsync(new RedisServerOptions { Kind = ServerKind.Valkey });
}

/// <summary>The same with a Garnet. It starts slowly, so that all classes share one; it ends with the process of the tests.</summary>
public sealed class GarnetFixture : RedisFixture
{
    private static readonly Lazy<Task<RedisServer>> Shared = new(() => RedisServer.StartAsync(new RedisServerOptions { Kind = ServerKind.Garnet }));

    public override async Task InitializeAsync() => Server = await Shared.Value;

    public override Task DisposeAsync() => Task.CompletedTask;
}
