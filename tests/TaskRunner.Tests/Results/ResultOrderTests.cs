using FluentAssertions;
using TaskRunner.Results;
using Xunit;

namespace TaskRunner.Tests.Results;

public sealed class ResultOrderTests
{
    public static TheoryData<TaskState, TaskState, int, bool> Cases => ResultRules.Cases;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Rule_decides_which_result_stays(TaskState kept, TaskState incoming, int later, bool replaces)
    {
        var id = Guid.NewGuid();

        ResultOrder.Replaces(ResultRules.Make(id, kept, 0), ResultRules.Make(id, incoming, later)).Should().Be(replaces);
    }
}
