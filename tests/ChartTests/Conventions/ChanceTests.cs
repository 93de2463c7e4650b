using System.Text.RegularExpressions;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>A render depends on the values alone, so that a repository of manifests stays in step with the cluster.</summary>
public sealed partial class ChanceTests
{
    private static readonly string[] Allowed = ["_secrets.tpl", "_upgrade.tpl"];

    [Fact]
    public void Only_passwords_and_the_guard_of_upgrades_ask_chance_or_the_cluster()
    {
        var files = Directory.EnumerateFiles(Path.Combine(Repository.Chart, "templates"), "*", SearchOption.AllDirectories)
            .Where(file => Chance().IsMatch(Comment().Replace(File.ReadAllText(file), string.Empty)))
            .Select(file => Path.GetFileName(file));

        files.Should().BeSubsetOf(Allowed);
    }

    [Fact]
    public void With_the_passwords_given_two_renders_are_the_same_bytes() =>
        Chart.RenderText(string.Empty, new RenderOptions()).Should().Be(Chart.RenderText(string.Empty, new RenderOptions()));

    [Fact]
    public void Without_a_bundled_store_nothing_is_generated()
    {
        const string values = """
            redis: { enabled: false }
            postgresql: { enabled: false }
            broker: { host: redis.example }
            database: { host: postgresql.example }
            """;
        var bare = new RenderOptions(IsBare: true);

        Chart.RenderText(values, bare).Should().Be(Chart.RenderText(values, bare));
        Chart.Render(values, bare).Has("Secret").Should().BeFalse();
    }

    [Fact]
    public void A_render_needs_neither_network_nor_home()
    {
        var offline = new Dictionary<string, string>
        {
            ["HOME"] = "/nonexistent",
            ["KUBECONFIG"] = "/nonexistent",
            ["HTTP_PROXY"] = "http://127.0.0.1:9",
            ["HTTPS_PROXY"] = "http://127.0.0.1:9",
        };

        var text = HelmCli.Run(string.Empty, offline, "template", "demo", Repository.Chart);

        text.Should().Contain("kind: Deployment");
    }

    [GeneratedRegex(@"\b(lookup|now|date|htmlDate|uuidv4|rand[A-Z]\w*|gen[A-Z]\w*|derivePassword|getHostByName|env|expandenv)\b")]
    private static partial Regex Chance();

    [GeneratedRegex(@"\{\{-? ?/\*.*?\*/ ?-?\}\}|""[^""\n]*""|^\s*[A-Za-z-]+:|\$\w+|\.\w+", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Comment();
}
