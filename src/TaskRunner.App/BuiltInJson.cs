using System.Text.Json.Serialization;

namespace TaskRunner.App;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, PropertyNameCaseInsensitive = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(SleepRequest))]
[JsonSerializable(typeof(SleepResult))]
[JsonSerializable(typeof(FailRequest))]
[JsonSerializable(typeof(HttpTaskRequest))]
[JsonSerializable(typeof(HttpTaskResult))]
internal sealed partial class BuiltInJson : JsonSerializerContext;
