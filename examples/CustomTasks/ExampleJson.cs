using System.Text.Json.Serialization;

namespace CustomTasks;

/// <summary>Reads and writes every request and every response of a task.</summary>
[JsonSerializable(typeof(QuoteRequest))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(CountRequest))]
[JsonSerializable(typeof(Count))]
[JsonSerializable(typeof(FlakyRequest))]
[JsonSerializable(typeof(FlakyResponse))]
internal sealed partial class ExampleJson : JsonSerializerContext;
