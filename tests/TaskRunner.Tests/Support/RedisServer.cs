using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace TaskRunner.Tests.Support;

/// <summary>A server process with a port and a folder of its own; both are gone after disposal.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);

    private readonly RedisServerOptions _options;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private Process? _guard;

    private RedisServer(RedisServerOptions options)
    {
        _options = options;
        Folder = Directory.CreateTempSubdirectory("taskrunner-redis-").FullName;
        if (options.Tls)
        {
            Certificates = TestCertificates.Create(Folder, options.TlsHostName ?? "localhost", options.TlsHostName is null);
        }
    }

    public int Port { get; private set; }

    public string Folder { get; }

    public TestCertificates? Certificates { get; }

    /// <summary>With the password of the default user, if there is one.</summary>
    public string Url =>
        $"{(IsTls ? "rediss" : "redis")}://{(_options.Password is null ? "" : $":{Uri.EscapeDataString(_options.Password)}@")}127.0.0.1:{Port}";

    private bool IsTls => _options.Tls || _options.TlsFiles is not null;

    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null)
    {
        var server = new RedisServer(options ?? new RedisServerOptions());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                // Between the question for a free port and its use, another program may take it.
                server.Port = FreePort.Next();
                await server.LaunchAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3)
            {
                await server.KillAsync();
            }
        }
    }

    /// <summary>Ends the process as a crash does.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process)
        {
            return;
        }

        _process = null;
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        process.Dispose();
        _guard?.Kill();
        _guard?.Dispose();
        _guard = null;
    }

    /// <summary>Starts it again on the same port, after a kill or a stop.</summary>
    public Task LaunchAgainAsync() => LaunchAsync();

    /// <summary>Kills it and starts it again on the same port.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await LaunchAsync();
    }

    /// <summary>The process stops answering; its connections stay open.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        _guard?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task LaunchAsync()
    {
        _output.Clear();
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(ServerProgram.Path(_options.Kind), ServerProgram.Arguments(_options.Kind, Folder, Port, Configuration(), _options.Sentinel is not null)) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        var ready = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, e) => OnOutput(e.Data, ready);
        process.ErrorDataReceived += (_, e) => OnOutput(e.Data, null);
        process.Start();
        _process = process;
        _guard = Guard(process.Id, Folder);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!await ready.Task.WaitAsync(StartTimeout, TimeProvider.System))
        {
            throw new InvalidOperationException($"{ServerProgram.Name(_options.Kind)} did not start: {string.Join('\n', _output)}");
        }
    }

    private void OnOutput(string? line, TaskCompletionSource<bool>? ready)
    {
        if (line is null)
        {
            ready?.TrySetResult(false);
            return;
        }

        _output.Enqueue(line);
        if (line.Contains("Ready to accept connections", StringComparison.Ordinal) || line.Contains("Sentinel ID is", StringComparison.Ordinal))
        {
            ready?.TrySetResult(true);
        }
    }

    private IEnumerable<string> Configuration()
    {
        yield return "bind 127.0.0.1";
        yield return $"dir {Folder}";
        if (_options.Sentinel is { } sentinel)
        {
            yield return $"port {Port}";
            foreach (var line in sentinel)
            {
                yield return line;
            }

            yield break;
        }

        yield return "save \"\"";
        yield return $"appendonly {(_options.AppendOnly ? "yes" : "no")}";
        yield return "appendfsync always";
        yield return $"port {(IsTls ? 0 : Port)}";
        if (_options.TlsFiles is var (certificate, key, clientCa))
        {
            yield return $"tls-port {Port}";
            yield return $"tls-cert-file {certificate}";
            yield return $"tls-key-file {key}";
            yield return $"tls-ca-cert-file {clientCa ?? certificate}";
            yield return $"tls-auth-clients {(clientCa is null ? "no" : "yes")}";
        }

        if (Certificates is { } certificates)
        {
            yield return $"tls-port {Port}";
            yield return $"tls-cert-file {certificates.CertificateFile}";
            yield return $"tls-key-file {certificates.KeyFile}";
            yield return $"tls-ca-cert-file {certificates.CaFile}";
            yield return "tls-auth-clients no";
        }

        if (_options.Password is { } password)
        {
            yield return $"requirepass {password}";
        }

        foreach (var line in _options.AclUsers.Concat(_options.Configuration))
        {
            yield return line;
        }
    }

    // Its input ends with the process of the tests, however that ends; no server and no folder is left behind by a crash.
    private static Process Guard(int id, string folder) => Process.Start(
        new ProcessStartInfo("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"read -r _; kill -9 {id}; rm -rf '{folder}'")]) { RedirectStandardInput = true })!;

    private async Task SignalAsync(string signal)
    {
        var id = _process?.Id ?? throw new InvalidOperationException("The server does not run");
        using var kill = Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -{signal} {id}")]);
        await kill.WaitForExitAsync();
    }
}
