using System.Globalization;
using Npgsql;

namespace TaskRunner.Bench.Support;

/// <summary>A PostgreSQL of its own with the settings that it comes with: every commit is on the disk.</summary>
internal sealed class PostgresBox : IAsyncDisposable
{
    private readonly string folder;
    private readonly Child server;
    private readonly NpgsqlDataSource source;

    private PostgresBox(string folder, Child server, int port)
    {
        this.folder = folder;
        this.server = server;
        Url = string.Create(CultureInfo.InvariantCulture, $"postgresql://bench@127.0.0.1:{port}/postgres?sslmode=disable");
        source = NpgsqlDataSource.Create(string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=bench;Database=postgres;SSL Mode=Disable;Application Name=bench"));
    }

    public string Url { get; }

    /// <summary>Seconds of CPU of the server with all its processes.</summary>
    public double CpuSeconds() => ProcessTree.CpuSeconds(ProcessTree.Ids(server.Id));

    /// <param name="logs">A folder for its log.</param>
    public static async Task<PostgresBox> StartAsync(string logs)
    {
        var binaries = Path.GetDirectoryName(Directory.GetFiles("/usr/lib/postgresql", "initdb", SearchOption.AllDirectories).Max())!;
        var folder = Directory.CreateTempSubdirectory("taskrunner-bench-postgres-").FullName;
        var none = new Dictionary<string, string>();

        // It refuses to run as root.
        string[] identity = Environment.UserName == "root" ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : ["env"];
        if (Environment.UserName == "root")
        {
            await Child.RunAsync("chown", ["postgres", folder], none);
        }

        var data = Path.Combine(folder, "data");
        await Child.RunAsync(identity[0], [.. identity[1..], Path.Combine(binaries, "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale"], none, folder);
        var port = RedisBox.FreePort();
        string[] settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
        var server = Child.Start(identity[0], [.. identity[1..], Path.Combine(binaries, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture), .. settings], none, Path.Combine(logs, "postgres.log"), folder);
        var box = new PostgresBox(folder, server, port);
        await Clock.UntilAsync(async () => await box.IsUpAsync(), TimeSpan.FromSeconds(20), "PostgreSQL answers");
        return box;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 120;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first row.</summary>
    public async Task<object[]> RowAsync(string sql)
    {
        await using var command = source.CreateCommand(sql);
        command.CommandTimeout = 120;
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var row = new object[reader.FieldCount];
        reader.GetValues(row);
        return row;
    }

    public async Task<double> NumberAsync(string sql) => Convert.ToDouble((await RowAsync(sql))[0], CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        await server.StopAsync();
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            return await NumberAsync("SELECT 1") == 1;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
