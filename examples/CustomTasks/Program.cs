using CustomTasks;
using Microsoft.Extensions.DependencyInjection;
using TaskRunner;

var app = TaskRunnerApp.Create(args);

// Arguments and outputs are read and written by generated code, so that the program also works trimmed.
app.Json.TypeInfoResolverChain.Insert(0, ExampleJson.Default);

app.Services.AddSingleton(TimeProvider.System);
app.Services.AddScoped<Quotes>();

app.MapTask("pricing.quote", static (QuoteRequest request, TaskContext context, CancellationToken stopping) =>
        context.Services.GetRequiredService<Quotes>().MakeAsync(request, stopping))
    .Queue("pricing").Priority(8).Retry(5, Backoff.Exponential()).TimeLimit(TimeSpan.FromSeconds(10));

app.MapTask("reports.count_words", static (CountRequest request, TaskContext _, CancellationToken _) => Task.FromResult(WordCount.Of(request)))
    .Queue("reports").Retry(0);

app.MapTask("example.flaky", static (FlakyRequest request, TaskContext context, CancellationToken _) => Task.FromResult(Flaky.Run(request, context)))
    .Retry(3, Backoff.Fixed(TimeSpan.FromSeconds(1)));

return await app.RunAsync();
