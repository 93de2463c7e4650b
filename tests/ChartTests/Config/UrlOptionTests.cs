using System.Reflection;
using ChartTests.Rendering;
using FluentAssertions;
using TaskRunner.Configuration;
using Xunit;

namespace ChartTests.Config;

/// <summary>The chart takes the options of URLs that the program takes.</summary>
public sealed class UrlOptionTests
{
    private static readonly System.Text.Json.Nodes.JsonObject Known = Yaml.Parse(Repository.ReadChartFile("files/url-options.yaml"))!.AsObject();

    [Fact]
    public void Those_of_the_database_are_the_program_s_own() =>
        Names("database").Should().BeEquivalentTo([.. Of("Database.DatabaseUrlOptions", "Known"), .. Of("Database.DatabaseUrlOptions", "Ignored"), "ssl"]);

    [Fact]
    public void Those_of_the_broker_are_too() =>
        Names("broker").Should().BeEquivalentTo([.. Of("Redis.RedisUrlOptions", "Known"), "database", "username"]);

    [Theory]
    [InlineData("redis://r.example?timeout=5")]
    [InlineData("redis://shop@r.example/1?db=2&DB=3")]
    public void Any_other_is_refused(string url) =>
        Chart.Refusal($"redis: {{ enabled: false }}\nbroker: {{ url: '{url}' }}").Should().Contain("behind the question mark that the program does not know");

    private static IEnumerable<string> Names(string store) => Known[store]!.AsArray().Select(name => name!.ToString());

    private static string[] Of(string type, string field) => (string[])typeof(Settings).Assembly.GetType($"TaskRunner.{type}", throwOnError: true)!
        .GetField(field, BindingFlags.NonPublic | BindingFlags.Static)!.GetValue(null)!;
}
