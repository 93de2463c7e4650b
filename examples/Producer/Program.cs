using Producer;
using TaskRunner;

var builder = WebApplication.CreateBuilder(args);

// Reads TASKRUNNER_BROKER_URL and its like from the application's configuration: environment, appsettings.json, ...
builder.Services.AddTaskRunnerClient();
var app = builder.Build();

app.MapPost("/reports", Reports.OrderAsync);
app.MapPost("/reports/batch", Reports.OrderManyAsync);
app.MapGet("/reports/{id:guid}", Reports.ReadAsync);

await app.RunAsync();
