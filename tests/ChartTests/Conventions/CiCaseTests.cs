using ChartTests.Rendering;
using FluentAssertions;
using Xunit;

namespace ChartTests.Conventions;

public sealed class CiCaseTests
{
    public static TheoryData<string> Cases => CiCases.All;

    [Fact]
    public void There_are_at_least_fourteen_cases() => CiCases.Names.Should().HaveCountGreaterThanOrEqualTo(14);

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

        Chart.RenderText(string.Empty, options).Should().Be(Chart.RenderedAlone(string.Empty, options));
    }
}
