using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace TaskRunner.Tests.Support;

/// <summary>A pooler in transaction mode in front of a <see cref="PostgresServer"/>, with two server connections for all clients of a database.</summary>
internal sealed class PgBouncer : IAsyncDisposable
{
    /// <summary>Server connections of a database.</summary>
    public const int PoolSize = 2;

    private const string Program = "/usr/sbin/pgbouncer";

    private readonly string folder;
    private readonly int port;
    private Process? process;

    private PgBouncer(string folder, int port)
    {
        this.folder = folder;
        this.port = port;
    }

    private string Log => Path.Combine(folder, "log");

    /// <exception cref="FileNotFoundException">The package pgbouncer is not installed.</exception>
    public static async Task<PgBouncer> StartAsync(PostgresServer server)
    {
        if (!File.Exists(Program))
        {
            throw new FileNotFoundException($"{Program} is not there; install it with 'make tools'");
        }

        var bouncer = new PgBouncer(Directory.CreateTempSubdirectory("taskrunner-pgbouncer-").FullName, FreePort.Next());
        try
        {
            await bouncer.LaunchAsync(server);
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }

        return bouncer;
    }

    /// <summary>The URL of a database behind it, as a user would type it.</summary>
    public string Url(string database) => $"postgresql://{PostgresServer.User}:{PostgresServer.Password}@127.0.0.1:{port}/{database}?sslmode=disable";

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(folder, recursive: true);
    }

    private async Task LaunchAsync(PostgresServer server)
    {
        var users = Path.Combine(folder, "users");
        await File.WriteAllTextAsync(users, $"\"{PostgresServer.User}\" \"{PostgresServer.Password}\"\n");
        var configuration = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(
            configuration,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                [databases]
                * = host=127.0.0.1 port={server.Port}
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = {port}
                unix_socket_dir =
                auth_type = scram-sha-256
                auth_file = {users}
                pool_mode = transaction
                default_pool_size = {PoolSize}
                max_client_conn = 200
                """));
        await UnprivilegedProcess.OwnAsync(folder);
        process = UnprivilegedProcess.Start(folder, Log, "KILL", Program, configuration);
        try
        {
            await Eventually.TrueAsync(IsUpAsync);
        }
        catch (TimeoutException e)
        {
            throw new InvalidOperationException($"PgBouncer did not start on port {port}:\n{await File.ReadAllTextAsync(Log)}", e);
        }
    }

    private async Task<bool> IsUpAsync()
    {
        if (process!.HasExited)
        {
            throw new InvalidOperationException($"PgBouncer did not start:\n{await File.ReadAllTextAsync(Log)}");
        }

        try
        {
            await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={port};Database=postgres;Username={PostgresServer.User};Password={PostgresServer.Password};Pooling=false;SSL Mode=Disable");
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
