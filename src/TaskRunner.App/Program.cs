using TaskRunner;
using TaskRunner.App;

var app = TaskRunnerApp.Create(args);
app.Json.TypeInfoResolverChain.Insert(0, BuiltInJson.Default);
if (DebugTasks.Map(app, Environment.GetEnvironmentVariable) is { } mistake)
{
    await Console.Error.WriteLineAsync(mistake);
    return 2;
}

HttpRequestTask.Map(app);
return await app.RunAsync();
