using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Npgsql;
using TaskRunner.Database;

namespace TaskRunner.Tests.Support;

/// <summary>A real PostgreSQL of its own on a free port, in a folder that goes away with it.</summary>
/// <remarks>Started by root, it runs as the account postgres or nobody, because PostgreSQL refuses to run as root.</remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    /// <summary>The user that owns everything.</summary>
    public const string User = "taskrunner";

    /// <summary>Its password; other users may log in without one.</summary>
    public const string Password = "s3cret-of-the-tests";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Made once for all servers of a run: it takes longer than to copy and start one.</summary>
    private static readonly Lazy<Task<string>> Original = new(MakeOriginalAsync);

    private readonly string folder;
    private readonly string binaries;
    private readonly TestConnections connections = new();
    private Process? process;
    private int databases;
    private string? clockLibrary;
    private string adminHost = "127.0.0.1";

    private PostgresServer(string folder, string binaries)
    {
        this.folder = folder;
        this.binaries = binaries;
    }

    /// <summary>The port, chosen when the server starts for the first time.</summary>
    public int Port { get; private set; }

    private string Data => Path.Combine(folder, "data");

    // Since PostgreSQL 15 a new database is written page by page, and into the log too: three times as long as copying its files takes.
    private string Strategy =>
        double.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")), CultureInfo.InvariantCulture) >= 15 ? " STRATEGY FILE_COPY" : "";

    private string Log => Path.Combine(folder, "log");

    private string Clock => Path.Combine(folder, "clock");

    /// <summary>Creates the cluster of databases and starts it.</summary>
    public static Task<PostgresServer> StartNewAsync() => StartNewAsync(null);

    /// <summary>The same with a clock that <see cref="SetClockAsync"/> sets.</summary>
    public static Task<PostgresServer> StartNewWithClockAsync() => StartNewAsync(
        Directory.GetDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("No libfaketime found: install the package libfaketime."));

    private static async Task<PostgresServer> StartNewAsync(string? clockLibrary)
    {
        var server = new PostgresServer(NewFolder(), FindBinaries()) { clockLibrary = clockLibrary };
        try
        {
            await CopyAsync(await Original.Value, server.Data);
            await UnprivilegedProcess.OwnAsync(server.folder);
            await server.StartAsync();
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Makes what every server starts from: a cluster of databases, with the migrated one that tests copy.</summary>
    private static async Task<string> MakeOriginalAsync()
    {
        var server = new PostgresServer(NewFolder(), FindBinaries());
        try
        {
            await server.InitialiseAsync();
            await server.StartAsync();
            await server.PrepareTemplateAsync();
            await server.ExecuteAsync("postgres", "CHECKPOINT");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        await server.connections.DisposeAsync();
        await server.StopAsync();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(server.folder, recursive: true);
        return server.Data;
    }

    private static async Task CopyAsync(string from, string to)
    {
        using var copy = Process.Start("cp", ["-r", from, to]);
        await copy.WaitForExitAsync();
        if (copy.ExitCode != 0)
        {
            throw new InvalidOperationException($"cp -r {from} {to} failed with code {copy.ExitCode}.");
        }
    }

    // Each test has a database of its own, which is several hundred files: creating and deleting them costs far less in memory.
    private static string NewFolder()
    {
        var memory = new DirectoryInfo("/dev/shm");
        var hasRoom = memory.Exists && new DriveInfo(memory.FullName).AvailableFreeSpace > 8L << 30;
        return hasRoom && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes > 16L << 30
            ? memory.CreateSubdirectory($"taskrunner-postgres-{Guid.NewGuid():N}").FullName
            : Directory.CreateTempSubdirectory("taskrunner-postgres-").FullName;
    }

    /// <summary>Options for a database of this server.</summary>
    public DatabaseOptions Options(string database) => new()
    {
        Host = "127.0.0.1",
        Port = Port,
        Database = database,
        User = User,
        Password = static () => Password,
        Tls = DatabaseTls.Disable,

        // Longer than a program waits: the server may lack a processor that long on a busy machine.
        ConnectTimeout = TimeSpan.FromSeconds(15),
        CommandTimeout = TimeSpan.FromSeconds(60),
    };

    /// <summary>The URL of a database of this server, as a user would type it.</summary>
    [SuppressMessage("Design", "CA1055:URI-like return values should not be strings", Justification = "A test passes on what a user types.")]
    public string Url(string database) => $"postgresql://{User}:{Password}@127.0.0.1:{Port}/{database}?sslmode=disable";

    /// <summary>Makes an empty database with a name of its own.</summary>
    public Task<DatabaseOptions> CreateEmptyAsync() => CreateAsync("template0");

    /// <summary>Makes a migrated database with a name of its own.</summary>
    public Task<DatabaseOptions> CreateMigratedAsync() => CreateAsync("migrated");

    /// <summary>
    /// Runs a statement and returns its first value; for what tests do behind the program's back. Again, when it met a transaction of the
    /// program.
    /// </summary>
    public Task<object?> ExecuteAsync(string database, string sql) => connections.ExecuteAsync(adminHost, Port, database, sql);

    /// <summary>Asks for one value, which is not null.</summary>
    public async Task<T> ScalarAsync<T>(string database, string sql) => (T)(await ExecuteAsync(database, sql))!;

    /// <summary>Runs one of the server's tools, such as <c>pg_dump</c>, as the user that owns everything.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public async Task RunToolAsync(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool(tool), arguments) { RedirectStandardError = true };
        start.Environment["PGHOST"] = adminHost;
        start.Environment["PGPORT"] = Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGUSER"] = User;
        start.Environment["PGPASSWORD"] = Password;
        using var running = Process.Start(start)!;
        var said = await running.StandardError.ReadToEndAsync();
        await running.WaitForExitAsync();
        if (running.ExitCode != 0)
        {
            throw new InvalidOperationException($"{tool} failed with code {running.ExitCode}:\n{said}");
        }
    }

    // What is on the path may be the server alone.
    private string Tool(string name) => new[] { binaries, "/usr/bin" }.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException($"No {name} found: install the package postgresql-client.");

    /// <summary>Sets the server's clock, at once and for all that it runs, against the true time.</summary>
    public async Task SetClockAsync(TimeSpan ahead)
    {
        // Written beside and moved: the server never reads half of it.
        var next = $"{Clock}.next";
        await File.WriteAllTextAsync(next, string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "-" : "+")}{ahead.Duration().TotalSeconds:0}\n"));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(next, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        File.Move(next, Clock, overwrite: true);
    }

    /// <summary>The folder of its Unix socket.</summary>
    public string SocketFolder => folder;

    /// <summary>Turns on TLS, with these files, and waits until it is there.</summary>
    /// <param name="files">Files of the server's certificate and key.</param>
    /// <param name="clientCa">File of the authorities of clients; null asks no client for a certificate.</param>
    /// <param name="access">Lines of pg_hba.conf; null for those that are there.</param>
    public async Task SecureAsync((string Certificate, string Key) files, string? clientCa = null, string? access = null)
    {
        File.Copy(files.Certificate, Path.Combine(Data, "server.crt"), overwrite: true);
        File.Copy(files.Key, Path.Combine(Data, "server.key"), overwrite: true);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(Data, "server.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        if (clientCa is not null)
        {
            File.Copy(clientCa, Path.Combine(Data, "clients.crt"), overwrite: true);
        }

        if (access is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(Data, "pg_hba.conf"), access);
        }

        await UnprivilegedProcess.OwnAsync(folder);
        await ExecuteAsync("postgres", $"ALTER SYSTEM SET ssl_ca_file = '{(clientCa is null ? "" : "clients.crt")}'");
        await ExecuteAsync("postgres", "ALTER SYSTEM SET ssl = on");

        // What was committed just now may not be written yet, and the server is not asked to end but killed.
        await ExecuteAsync("postgres", "CHECKPOINT");
        await StopAsync();
        adminHost = folder;
        await StartAsync();
    }

    /// <summary>Starts the server again after <see cref="StopAsync"/>, on the same port with the same data.</summary>
    public async Task StartAsync()
    {
        Port = Port == 0 ? FreePort.Next() : Port;
        string[] program = [Path.Combine(binaries, "postgres"), "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", $"unix_socket_directories={folder}"];
        if (clockLibrary is not null)
        {
            await SetClockAsync(TimeSpan.Zero);
            program = ["/usr/bin/env", $"LD_PRELOAD={clockLibrary}", $"FAKETIME_TIMESTAMP_FILE={Clock}", "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", .. program];
        }

        process = Launch(program[0], program[1..]);
        using var deadline = new CancellationTokenSource(StartTimeout);
        while (true)
        {
            try
            {
                await ExecuteAsync("postgres", "SELECT 1");
                return;
            }
            catch (NpgsqlException e)
            {
                if (process.HasExited || deadline.IsCancellationRequested)
                {
                    throw new InvalidOperationException($"PostgreSQL did not start on port {Port}:\n{ReadLog()}", e);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    /// <summary>Stops the server at once, as a crash would: open transactions are lost, committed ones are not.</summary>
    public async Task StopAsync()
    {
        if (process is null)
        {
            return;
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await connections.DisposeAsync();
        await StopAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<DatabaseOptions> CreateAsync(string template)
    {
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {template}{Strategy}");
        return Options(name);
    }

    private async Task InitialiseAsync()
    {
        var passwordFile = Path.Combine(folder, "password");
        await File.WriteAllTextAsync(passwordFile, Password);
        await UnprivilegedProcess.OwnAsync(folder);

        using var initdb = Launch(
            Path.Combine(binaries, "initdb"), "-D", Data, "-U", User, "--pwfile", passwordFile, "--auth-host=scram-sha-256", "--auth-local=trust", "-E", "UTF8", "--no-locale", "--no-sync");
        await initdb.WaitForExitAsync();
        if (initdb.ExitCode != 0)
        {
            throw new InvalidOperationException($"initdb failed with code {initdb.ExitCode}:\n{ReadLog()}");
        }

        await File.AppendAllTextAsync(
            Path.Combine(Data, "postgresql.conf"),
            """
            listen_addresses = '127.0.0.1'
            max_connections = 200
            shared_buffers = 32MB
            max_wal_size = 256MB
            fsync = off
            synchronous_commit = off
            full_page_writes = off
            autovacuum = off

            """);
    }

    private async Task PrepareTemplateAsync()
    {
        await ExecuteAsync("postgres", "CREATE DATABASE migrated TEMPLATE template0");
        await using var postgres = new Postgres(Options("migrated"));
        await new Migrator(postgres).MigrateAsync(CancellationToken.None);
    }

    private Process Launch(string program, params string[] arguments) => UnprivilegedProcess.Start(folder, Log, "QUIT", program, arguments);

    private string ReadLog() => File.Exists(Log) ? File.ReadAllText(Log) : "(no output)";

    private static string FindBinaries()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (Directory.Exists("/usr/lib/postgresql"))
        {
            folders.AddRange(Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(path => double.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var version) ? version : 0)
                .Select(path => Path.Combine(path, "bin")));
        }

        return folders.FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")) && File.Exists(Path.Combine(path, "postgres")))
            ?? throw new InvalidOperationException("No PostgreSQL server found: install the package postgresql, or put initdb and postgres on PATH.");
    }
}
