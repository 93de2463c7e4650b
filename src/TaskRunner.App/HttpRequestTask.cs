using System.Diagnostics;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;

namespace TaskRunner.App;

/// <summary>Arguments of <c>http.request</c>.</summary>
/// <param name="Url">Absolute http or https URL.</param>
/// <param name="Method">Default GET, or POST when there is a body.</param>
/// <param name="Headers">Request headers.</param>
/// <param name="Body">Request body as text.</param>
/// <param name="TimeoutSeconds">Longest wait for the whole answer, more than 0 and up to 3600; default 30.</param>
internal sealed record HttpTaskRequest(string? Url, string? Method, Dictionary<string, string>? Headers, string? Body, double? TimeoutSeconds);

/// <summary>Output of <c>http.request</c>.</summary>
/// <param name="Status">Status code, 200 to 299.</param>
/// <param name="Body">The answer as text, its first 64 KiB.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record HttpTaskResult(int Status, string Body, double Seconds);

/// <summary><c>http.request</c>: calls a URL. Answers of 408, 425, 429 and 5xx, and broken connections, are tried again; other refusals are final.</summary>
internal static class HttpRequestTask
{
    private const int MostBytesKept = 64 * 1024;

    public static void Map(TaskRunnerApp app)
    {
        app.Services.AddSingleton(_ => new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2) }) { Timeout = Timeout.InfiniteTimeSpan });
        app.MapTask("http.request", static (HttpTaskRequest request, TaskContext context, CancellationToken stopping) =>
            SendAsync(request, context.Services.GetRequiredService<HttpClient>(), stopping)).Retry(5, Backoff.Exponential());
    }

    private static async Task<HttpTaskResult> SendAsync(HttpTaskRequest request, HttpClient client, CancellationToken stopping)
    {
        using var message = Message(request);
        using var limit = new CancellationTokenSource(TimeLimit(request), TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        var started = Stopwatch.GetTimestamp();
        try
        {
            using var answer = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(answer, either.Token);
            var status = (int)answer.StatusCode;
            if (answer.IsSuccessStatusCode)
            {
                return new HttpTaskResult(status, body, Math.Round(Stopwatch.GetElapsedTime(started).TotalSeconds, 3));
            }

            var text = $"{message.Method} {HttpTarget.Shown(message.RequestUri!)} answered {status} {Phrase(answer.StatusCode)}".TrimEnd();
            throw IsWorthAnotherTry(answer.StatusCode) ? new HttpRequestException(text) : new PermanentFailureException(text);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new TimeoutException($"{message.Method} {HttpTarget.Shown(message.RequestUri!)} did not answer within {TimeLimit(request).TotalSeconds} s");
        }
    }

    private static HttpRequestMessage Message(HttpTaskRequest request)
    {
        var target = HttpTarget.Read(request.Url);
        var message = new HttpRequestMessage(Method(request), target.Url);
        message.Headers.Authorization = target.Login;
        if (request.Body is not null)
        {
            message.Content = new StringContent(request.Body, Encoding.UTF8, "application/json");
        }

        foreach (var (name, value) in request.Headers ?? [])
        {
            AddHeader(message, name, value);
        }

        return message;
    }

    private static HttpMethod Method(HttpTaskRequest request)
    {
        try
        {
            return new HttpMethod(request.Method ?? (request.Body is null ? "GET" : "POST"));
        }
        catch (FormatException)
        {
            throw new PermanentFailureException("method is not a valid HTTP method.");
        }
    }

    // What is given wins over what the URL says.
    private static void AddHeader(HttpRequestMessage message, string name, string value)
    {
        if (string.Equals(name, "Authorization", StringComparison.OrdinalIgnoreCase))
        {
            message.Headers.Authorization = null;
        }

        if (message.Headers.TryAddWithoutValidation(name, value))
        {
            return;
        }

        message.Content ??= new ByteArrayContent([]);
        message.Content.Headers.Remove(name);
        message.Content.Headers.TryAddWithoutValidation(name, value);
    }

    private static TimeSpan TimeLimit(HttpTaskRequest request) => request.TimeoutSeconds is null or (> 0 and <= 3600)
        ? TimeSpan.FromSeconds(request.TimeoutSeconds ?? 30)
        : throw new PermanentFailureException($"timeoutSeconds is {request.TimeoutSeconds}: it is more than 0 and at most 3600.");

    private static async Task<string> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MostBytesKept];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    // The usual one: the server's own may repeat what it was asked.
    private static string? Phrase(HttpStatusCode status)
    {
        using var usual = new HttpResponseMessage(status);
        return usual.ReasonPhrase;
    }

    private static bool IsWorthAnotherTry(HttpStatusCode status) => (int)status is 408 or 425 or 429 or >= 500;
}
