using System.Text;
using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class SecretLeakTests
{
    private static readonly string[] Passwords =
        ["trying-out-redis", "trying-out-postgresql", "broker-secret-value", "database-secret-value", "redis-secret-value", "postgresql-secret-value"];

    public static TheoryData<string> Cases => CiCases.All;

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_password_is_nowhere_but_in_the_data_of_secrets(string file)
    {
        foreach (var manifest in CiCases.Render(file))
        {
            Visible(manifest).Should().NotContainAny(Passwords.Concat(Passwords.Select(Encoded)), $"{manifest} can be read by many");
        }
    }

    [Fact]
    public void A_password_in_a_url_is_nowhere_but_in_the_data_of_secrets()
    {
        var manifests = Chart.Render("""
            redis: { enabled: false }
            postgresql: { enabled: false }
            broker: { url: "rediss://shop:broker-secret-value@r.example" }
            database: { url: "postgresql://p.example/t?user=shop&password=database-secret-value" }
            """);

        manifests.Should().OnlyContain(manifest => !Passwords.Any(password => Visible(manifest).Contains(password, StringComparison.Ordinal)));
    }

    [Fact]
    public void No_container_gets_a_password_by_its_environment() =>
        Chart.Render().Workloads.SelectMany(workload => workload.Containers)
            .Should().OnlyContain(container => !container.ToJsonString(null).Contains("secretKeyRef", StringComparison.Ordinal));

    private static string Visible(Manifest manifest)
    {
        var content = manifest.Content.DeepClone().AsObject();
        if (manifest.Kind == "Secret")
        {
            content.Remove("data");
        }

        return content.ToJsonString();
    }

    private static string Encoded(string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes(password));
}
