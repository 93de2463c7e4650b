using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class CiCaseTests
{
    public static TheoryData<string> Cases => CiCases.All;

    [Fact]
    public void There_are_at_least_seven_cases() => CiCases.Names.Should().HaveCountGreaterThanOrEqualTo(7);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_file_has_a_name_that_chart_testing_picks_up(string file) => file.Should().EndWith("-values.yaml");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_file_says_which_case_it_is(string file) =>
        File.ReadLines(CiCases.Path(file)).First().Should().MatchRegex("^# Case: .{10,}");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_renders_objects_that_Kubernetes_takes(string file) => CiCases.Render(file).Should().NotBeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_renders_the_same_bytes_twice(string file)
    {
        var options = new RenderOptions(CiCase: file);

        Chart.RenderText(string.Empty, options).Should().Be(Chart.RenderText(string.Empty, options));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linting_a_case_has_nothing_to_say(string file)
    {
        var output = HelmCli.Run(string.Empty, "lint", "--strict", "--values", CiCases.Path(file), Repository.Chart);

        output.Should().NotContainAny("[INFO]", "[WARNING]", "[ERROR]").And.Contain("0 chart(s) failed");
    }
}
