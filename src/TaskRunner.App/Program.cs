using TaskRunner;
using TaskRunner.App;

var app = TaskRunnerApp.Create(args);
app.Json.TypeInfoResolverChain.Insert(0, BuiltInJson.Default);
app.Json.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow;
DebugTasks.Map(app);
HttpRequestTask.Map(app);
return await app.RunAsync();
