using System.Text.Json.Nodes;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>Most fields of Kubernetes hold 32 bits: a number beyond them is refused by its key.</summary>
public sealed class SchemaBoundsTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(Repository.ReadChartFile("values.schema.json"))!.AsObject();

    [Fact]
    public void Every_integer_of_the_schema_has_bounds_that_32_bits_hold()
    {
        var integers = Schema.Walk().Where(item => item.Node is JsonObject map && Types(map).Contains("integer"))
            .Select(item => (item.Path, item.Node)).ToList();

        integers.Count.Should().BeGreaterThan(50);
        integers.Where(item => !IsBounded(item.Node!)).Select(item => item.Path).Should().BeEmpty();
    }

    [Theory]
    [InlineData("worker: { replicas: 2147483648 }")]
    [InlineData("worker: { startupProbe: { failureThreshold: 9007199254740993 } }")]
    [InlineData("topologySpreadConstraints: [{ maxSkew: 2147483648, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway }]")]
    [InlineData("podSecurityContext: { runAsUser: 2147483648 }")]
    [InlineData("podSecurityContext: { supplementalGroups: [2147483648] }")]
    [InlineData("worker: { drainSeconds: 86401 }")]
    [InlineData("worker: { podDisruptionBudget: { maxUnavailable: 101% } }")]
    [InlineData("tmpSizeLimit: 1K")]
    [InlineData("redis: { persistence: { size: '0' } }")]
    [InlineData("worker: { resources: { limits: { nvidia.com/gpu: 500m } } }")]
    public void A_number_beyond_its_field_is_refused(string values) =>
        Chart.Refusal(values).Should().Contain("don't meet the specifications of the schema");

    private static IEnumerable<string> Types(JsonObject map) => map["type"] switch
    {
        JsonArray several => several.Select(type => (string)type!),
        JsonValue one => [(string)one!],
        _ => [],
    };

    private static bool IsBounded(JsonNode integer) =>
        (double?)integer["minimum"] >= int.MinValue && (double?)integer["maximum"] <= int.MaxValue;
}
