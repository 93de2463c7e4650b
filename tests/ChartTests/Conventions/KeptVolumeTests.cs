using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

/// <summary>The volume of the bundled PostgreSQL outlives its release and knows its password. The cluster is asked; here a copy of the chart answers for it.</summary>
public sealed class KeptVolumeTests
{
    private const string Claim = """lookup "v1" "PersistentVolumeClaim" $namespace $claim""";

    private const string Secret = """(lookup "v1" "Secret" $namespace $secret).data""";

    private const string Lost =
        "The volume claim data-demo-taskrunner-postgresql-0 is there from an earlier install, and its password is not: set postgresql.password to it (to any, where the claim is empty), or delete the claim when its data may go.";

    private const string Wrong = "postgresql.password is not the one in the Secret demo-taskrunner-credentials, which the volume claim data-demo-taskrunner-postgresql-0 was made with";

    [Theory]
    [InlineData("", null, Lost)]
    [InlineData("{ postgresql: { password: mine } }", "other", Wrong)]
    [InlineData("{ database: { password: mine } }", "other", Wrong)]
    public void Without_the_password_that_the_volume_knows_it_is_refused_at_install_and_upgrade(string values, string? kept, string sentence)
    {
        foreach (var upgrade in new[] { false, true })
        {
            var render = () => Render(values, kept, upgrade);

            render.Should().Throw<HelmException>().Which.Output.Should().Contain($"- {sentence}");
        }
    }

    [Theory]
    [InlineData("", "kept")]
    [InlineData("{ postgresql: { password: mine } }", null)]
    [InlineData("{ postgresql: { password: mine } }", "mine")]
    [InlineData("{ postgresql: { password: mine }, upgradeGuard: false }", "other")]
    [InlineData("{ upgradeGuard: false }", null)]
    [InlineData("{ postgresql: { persistence: { enabled: false } } }", null)]
    [InlineData("{ postgresql: { enabled: false }, database: { host: p } }", null)]
    public void With_it_and_where_no_volume_is_used_it_is_not(string values, string? kept) =>
        Render(values, kept, upgrade: false).Should().Contain("kind: Deployment");

    private static string Render(string values, string? kept, bool upgrade)
    {
        var data = kept is null ? "dict" : $"(dict \"database-password\" (b64enc \"{kept}\"))";
        var copy = ChartCopy.Make(Repository.Chart, folder =>
        {
            var file = Path.Combine(folder, "templates", "_upgrade.tpl");
            var text = File.ReadAllText(file);
            text.Should().Contain(Claim).And.Contain(Secret);
            File.WriteAllText(file, text.Replace(Claim, "true", StringComparison.Ordinal).Replace(Secret, data, StringComparison.Ordinal));
        });
        return Chart.RenderText($"{(values.Length == 0 ? "{}" : values)}", new RenderOptions(IsUpgrade: upgrade, IsBare: true), copy);
    }
}
