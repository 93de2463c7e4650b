using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Upgrade;

/// <summary>An upgrade that fails must not reach pods that work: each version reads a Secret of its own, and Helm must not delete those that others read.</summary>
public sealed class EarlierSecretTests
{
    private const string Question = """lookup "v1" "Secret" $namespace $fixed | default dict""";

    private const string Other = """(lookup "v1" "Secret" $namespace $earlier).data""";

    [Fact]
    public void Pods_read_a_Secret_whose_name_changes_with_its_content()
    {
        var before = Chart.Render();
        var after = Chart.Render("postgresql: { password: wrong }");
        var same = Chart.Render("worker: { replicas: 7 }");

        Read(before).Should().NotBe(Read(after)).And.Be(Read(same));
        foreach (var manifests in new[] { before, after })
        {
            manifests.Has("Secret", name: Read(manifests)).Should().BeTrue();
            manifests.Workloads.Where(workload => workload.Kind != "StatefulSet")
                .Should().OnlyContain(workload => workload.PodSpec.ToJsonString(null).Contains(Read(manifests), StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_Secret_of_a_fixed_name_stays_for_generated_passwords_and_the_bundled_database()
    {
        var manifests = Chart.Render();

        manifests.Single("Secret", name: "-credentials").At("data").ShouldBe(manifests.Single("Secret", name: Read(manifests)).At("data")!.ToJsonString());
        manifests.Single("StatefulSet", component: "postgresql").PodSpec.ToJsonString().Should().Contain("\"demo-taskrunner-credentials\"");
    }

    [Fact]
    public void Argo_CD_removes_an_earlier_one_only_after_all_else_is_healthy() =>
        Chart.Render().Single("Secret", name: Read(Chart.Render())).At("metadata.annotations")!["argocd.argoproj.io/sync-options"].ShouldBe("PruneLast=true");

    [Fact]
    public void Secrets_of_earlier_versions_are_rendered_again_up_to_three()
    {
        var manifests = Upgrade("demo-taskrunner-credentials-1 demo-taskrunner-credentials-2 demo-taskrunner-credentials-3 demo-taskrunner-credentials-4");
        var known = manifests.Single("Secret", name: "-credentials").At("metadata.annotations")!["taskrunner.dev/credentials"]!.ToString().Split(' ');

        known[0].Should().Be(Read(manifests));
        known[1..].Should().Equal("demo-taskrunner-credentials-1", "demo-taskrunner-credentials-2", "demo-taskrunner-credentials-3");
        known.Should().OnlyContain(name => manifests.Has("Secret", null, null, name));
        manifests.Single("Secret", name: "-3").At("data.broker-password").ShouldBe("b2xk");
        manifests.Has("Secret", name: "-4").Should().BeFalse();
    }

    [Fact]
    public void A_return_to_an_earlier_password_takes_its_Secret_again()
    {
        var name = Read(Chart.Render());

        var manifests = Upgrade($"demo-taskrunner-credentials-1 {name}");

        manifests.Single("Secret", name: "-credentials").At("metadata.annotations")!["taskrunner.dev/credentials"].ShouldBe($"{name} demo-taskrunner-credentials-1");
        manifests.Single("Secret", name: name).At("data.broker-password").ShouldBe("cmVkaXMtc2VjcmV0LXZhbHVl");
    }

    [Theory]
    [InlineData("a b c", "none a b c", "a b c")]
    [InlineData("none none a b", "none none none a", "a")]
    [InlineData("none none none a", "none none none none", "")]
    public void Versions_whose_passwords_are_in_a_Secret_of_the_user_keep_the_earlier_ones_as_long(string known, string then, string kept)
    {
        const string theirs = """
            { redis: { enabled: false }, broker: { host: r, existingSecret: { name: own } },
              postgresql: { enabled: false }, database: { host: p, existingSecret: { name: own } } }
            """;

        var secrets = Upgrade(known, theirs).Where(manifest => manifest.Kind == "Secret").ToList();

        secrets.Select(secret => secret.Name).Where(name => !name.EndsWith("-credentials", StringComparison.Ordinal))
            .Should().BeEquivalentTo(kept.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        secrets.Where(secret => secret.Name.EndsWith("-credentials", StringComparison.Ordinal))
            .Select(secret => secret.At("metadata.annotations")!["taskrunner.dev/credentials"]!.ToString())
            .Should().BeEquivalentTo(kept.Length > 0 ? new[] { then } : []);
    }

    private static string Read(Manifests manifests) =>
        manifests.Single("Deployment", component: "worker").PodSpec["volumes"]!.AsArray()
            .Single(volume => (string?)volume!["name"] == "secrets").At("projected.sources[0].secret.name")!.ToString();

    /// <summary>An upgrade of a release that knows these Secrets, each of which is there.</summary>
    private static Manifests Upgrade(string known, string values = "")
    {
        var copy = ChartCopy.Make(Repository.Chart, folder =>
        {
            var file = Path.Combine(folder, "templates", "_secrets.tpl");
            var text = File.ReadAllText(file);
            text.Should().Contain(Question).And.Contain(Other);
            File.WriteAllText(file, text
                .Replace(Question, $"dict \"data\" (dict \"broker-password\" \"b2xk\") \"metadata\" (dict \"annotations\" (dict \"taskrunner.dev/credentials\" \"{known}\"))", StringComparison.Ordinal)
                .Replace(Other, "(dict \"broker-password\" \"b2xk\")", StringComparison.Ordinal));
        });
        return new Manifests(Chart.RenderText(values, new RenderOptions(IsUpgrade: true, IsBare: values.Length > 0), copy));
    }
}
