using TaskRunner;
using TaskRunner.App;

var app = TaskRunnerApp.Create(args);
app.Json.TypeInfoResolverChain.Insert(0, BuiltInJson.Default);
DebugTasks.Map(app);
HttpRequestTask.Map(app);
return await app.RunAsync();
