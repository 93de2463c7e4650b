using System.Net;
using System.Net.Sockets;
using System.Text;
using FluentAssertions;
using TaskRunner.Tests.Support;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>User, password and query of a URL that <c>http.request</c> asks are for its server alone.</summary>
[Collection(PostgresFixture.Name)]
public sealed class HttpRequestTests(RedisFixture redis, PostgresFixture postgres) : IClassFixture<RedisFixture>
{
    private static readonly string[] Secrets = ["S3cr3tPW", "T0k3n", "Fr4gment", "Us3rN", "R3flected"];

    [Theory]
    [InlineData("/404", "GET http://127.0.0.1:{0}/404 answered 404 Not Found")]
    [InlineData("/500", "GET http://127.0.0.1:{0}/500 answered 500 Internal Server Error")]
    [InlineData("/redirect", "GET http://127.0.0.1:{0}/404 answered 404 Not Found")]
    [InlineData("/silent", "GET http://127.0.0.1:{0}/silent did not answer within 0.5 s")]
    [InlineData("/reset", "An error occurred while sending the request")]
    public async Task Failure_shows_neither_user_nor_password_nor_query(string path, string error)
    {
        using var server = new Target();
        var database = await postgres.CreateMigratedAsync();
        var variables = ProgramVariables.Of(redis, database);
        var program = new StockProgram(variables);
        await using var worker = WorkerProcess.Start("worker", [.. variables, ("TASKRUNNER_LOG_LEVEL", "trace")]);
        var arguments = $$"""{"url":"http://Us3rN:S3cr3tPW@127.0.0.1:{{server.Port}}{{path}}?token=T0k3n#Fr4gment","timeoutSeconds":{{(path == "/silent" ? "0.5" : "30")}}}""";

        var sent = await program.RunAsync("enqueue", "http.request", "--arguments", arguments, "--unique", "one");
        var id = sent.Lines[0];
        var expected = error.Replace("{0}", $"{server.Port}", StringComparison.Ordinal);
        await Eventually.TrueAsync(
            () => worker.Output.Any(line => line.Contains(id, StringComparison.Ordinal) && line.Contains(expected, StringComparison.Ordinal)), within: TimeSpan.FromMinutes(1));

        (await program.RunAsync("result", id, "-o", "json")).Output.Should().NotContainAny(Secrets);
        (await program.RunAsync("dead", "list")).Output.Should().NotContainAny(Secrets);
        string.Join('\n', worker.Output).Should().NotContainAny(Secrets);
    }

    [Fact]
    public async Task Login_of_the_url_reaches_its_server_and_not_the_one_that_is_redirected_to()
    {
        using var server = new Target();
        var program = new StockProgram(ProgramVariables.Of(redis));
        await using var worker = await program.StartAsync("worker");

        var plain = await program.RunAsync("enqueue", "http.request", "--wait", "--arguments", $$"""{"url":"http://us%40r:p%3Aw@127.0.0.1:{{server.Port}}/who?x=1"}""");
        var redirected = await program.RunAsync("enqueue", "http.request", "--wait", "--arguments", $$"""{"url":"http://us%40r:p%3Aw@127.0.0.1:{{server.Port}}/elsewhere"}""");
        var given = await program.RunAsync("enqueue", "http.request", "--wait", "--arguments", $$$"""{"url":"http://a:b@127.0.0.1:{{{server.Port}}}/who","headers":{"Authorization":"Bearer x"}}""");

        plain.Output.Should().Contain($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("us@r:p:w"))}");
        redirected.Output.Should().Contain("nobody");
        given.Output.Should().Contain("Bearer x").And.NotContain("Basic");
    }

    /// <summary>A server of HTTP that answers by the path.</summary>
    private sealed class Target : IDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);

        public Target()
        {
            listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public void Dispose() => listener.Dispose();

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = AnswerAsync(await listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            try
            {
                using var reader = new StreamReader(client.GetStream());
                var path = (await reader.ReadLineAsync() ?? "").Split(' ', '?').ElementAtOrDefault(1);
                var login = "nobody";
                while (await reader.ReadLineAsync() is { Length: > 0 } line)
                {
                    login = line.StartsWith("Authorization: ", StringComparison.Ordinal) ? line[15..] : login;
                }

                var answer = path switch
                {
                    "/404" => "HTTP/1.1 404 No R3flected T0k3n\r\nContent-Length: 0\r\n",
                    "/500" => "HTTP/1.1 500 R3flected\r\nContent-Length: 0\r\n",
                    "/redirect" => $"HTTP/1.1 302 Found\r\nLocation: http://Us3rN:S3cr3tPW@127.0.0.1:{Port}/404?token=T0k3n\r\nContent-Length: 0\r\n",
                    "/elsewhere" => $"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{Port}/who\r\nContent-Length: 0\r\n",
                    "/who" => $"HTTP/1.1 200 OK\r\nContent-Length: {login.Length}\r\n",
                    _ => null,
                };
                if (path == "/silent")
                {
                    // Until the client gives up.
                    await reader.ReadLineAsync();
                }

                if (answer is not null)
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{answer}Connection: close\r\n\r\n{(path == "/who" ? login : "")}"));
                }

                client.Dispose();
            }
            catch (IOException)
            {
                // The client went away.
            }
        }
    }
}
