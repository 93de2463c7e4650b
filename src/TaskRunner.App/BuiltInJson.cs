using System.Text.Json.Serialization;

namespace TaskRunner.App;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(SleepRequest))]
[JsonSerializable(typeof(SleepResult))]
[JsonSerializable(typeof(FailRequest))]
[JsonSerializable(typeof(HttpTaskRequest))]
[JsonSerializable(typeof(HttpTaskResult))]
internal sealed partial class BuiltInJson : JsonSerializerContext;
