using FluentAssertions;
using TaskRunner.App;
using TaskRunner.Configuration;
using Xunit;

namespace TaskRunner.Tests.Cli;

/// <summary>The tasks debug.* of the stock program can be switched off: debug.crash ends four workers with one message.</summary>
public sealed class DebugTasksTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("true", true)]
    [InlineData("True", true)]
    [InlineData("false", false)]
    [InlineData("FALSE", false)]
    public void Variable_says_whether_they_are_mapped(string? value, bool mapped)
    {
        var app = TaskRunnerApp.Create([]);
        app.Json.TypeInfoResolverChain.Insert(0, BuiltInJson.Default);

        DebugTasks.Map(app, name => name == Settings.DebugTasks.Variable ? value : null).Should().BeNull();

        app.Registry.Names.Any(name => name.StartsWith("debug.", StringComparison.Ordinal)).Should().Be(mapped);
    }

    [Theory]
    [InlineData("no")]
    [InlineData("0")]
    [InlineData(" ")]
    public void Other_value_is_a_mistake(string value) =>
        DebugTasks.Map(TaskRunnerApp.Create([]), _ => value).Should().Be($"TASKRUNNER_DEBUG_TASKS is '{value}': it must be true or false.");
}
