using System.Text;
using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using TaskRunner.Observability;
using TaskRunner.Tests.Loops;
using Xunit;

namespace TaskRunner.Tests.Observability.Logs;

/// <summary>Log lines are bounded, whatever the application writes into them.</summary>
public sealed class LogLineTests
{
    /// <summary>As docs/operations.md says.</summary>
    private const int MostBytes = 40 * 1024;

    public static TheoryData<string> Hostile =>
        new(new string('x', 5_000_000), new string('"', 100_000), new string('漢', 100_000), string.Concat(Enumerable.Repeat("😀", 50_000)), new string('\0', 100_000), new string('\ud83d', 100_000), new string('\n', 100_000));

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Json_line_of_whatever_text_is_one_line_within_its_bound_and_says_that_it_was_cut(string text)
    {
        var line = Write(new JsonLogLine(TimeProvider.System), text, new InvalidOperationException(text, new InvalidOperationException(text)), text);

        line.Length.Should().BeLessThan(MostBytes);
        Encoding.UTF8.GetString(line).Should().EndWith("\n").And.Subject.Count(c => c == '\n').Should().Be(1);
        var json = JsonElement.Parse(line.AsSpan());
        json.GetProperty("cut").GetBoolean().Should().BeTrue();
        json.GetProperty("message").GetString().Should().Contain($"(cut, {text.Length} characters in all)");
        json.GetProperty("exception").GetString().Should().StartWith("System.InvalidOperationException");
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Text_line_of_whatever_text_is_within_its_bound_and_has_no_control_character(string text)
    {
        var line = Encoding.UTF8.GetString(Write(new TextLogLine(TimeProvider.System), text, new InvalidOperationException(text), text));

        Encoding.UTF8.GetByteCount(line).Should().BeLessThan(MostBytes);
        line.Where(c => c != '\n').Should().NotContain(c => char.IsControl(c));
        line[..line.IndexOf('\n', StringComparison.Ordinal)].Should().Contain("error TaskRunner.Tests: ");
    }

    [Fact]
    public void Short_line_is_whole_with_its_fields_once_and_its_exception()
    {
        var line = Write(new JsonLogLine(TimeProvider.System), "all is well", new InvalidOperationException("odd", new UnexpectedException("inside")), 7, ("taskId", "a"), ("TaskId", "b"), ("message", "c"));

        var json = JsonElement.Parse(line.AsSpan());
        json.GetProperty("message").GetString().Should().Be("all is well");
        json.GetProperty("value").GetInt32().Should().Be(7);
        json.GetProperty("taskId").GetString().Should().Be("a");
        json.GetProperty("exception").GetString().Should().Be("System.InvalidOperationException: odd\n ---> TaskRunner.Tests.Loops.UnexpectedException: inside");
        json.TryGetProperty("cut", out _).Should().BeFalse();
    }

    [Fact]
    public void Thousands_of_fields_are_cut_and_the_line_is_still_JSON()
    {
        var line = Write(new JsonLogLine(TimeProvider.System), "many", null, 1, [.. Enumerable.Range(0, 5000).Select(i => ($"field{i}", (object?)new string('y', 100)))]);

        line.Length.Should().BeLessThan(MostBytes);
        JsonElement.Parse(line.AsSpan()).GetProperty("cut").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public void Escape_sequence_does_not_reach_the_terminal()
    {
        var line = Encoding.UTF8.GetString(Write(new TextLogLine(TimeProvider.System), "red \u001b[2J\u009b1m\r\nforged 12:00:00.000 info  x: y", null, 1));

        line.Should().NotContain("\u001b").And.NotContain("\u009b").And.Contain("\\u001b[2J");
        line.Count(c => c == '\n').Should().Be(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whatever_throws_while_it_is_formatted_is_named_and_the_line_is_written(bool json)
    {
        ILogLine format = json ? new JsonLogLine(TimeProvider.System) : new TextLogLine(TimeProvider.System);
        KeyValuePair<string, object?>[] fields = [new("Value", new Mute())];

        var line = Encoding.UTF8.GetString(format.Write<IReadOnlyList<KeyValuePair<string, object?>>>(
            LogLevel.Error, "TaskRunner.Tests", fields, new MuteException(), (_, _) => throw new UnexpectedException("no text"), null));

        line.Should().Contain("cannot be formatted: UnexpectedException").And.Contain("MuteException").And.Contain("cannot be read: InvalidOperationException");
    }

    private static byte[] Write(ILogLine format, string message, Exception? exception, object? value, params IEnumerable<(string Name, object? Value)> more)
    {
        KeyValuePair<string, object?>[] fields = [new("Value", value), .. more.Select(field => new KeyValuePair<string, object?>(field.Name, field.Value))];
        return format.Write<IReadOnlyList<KeyValuePair<string, object?>>>(LogLevel.Error, "TaskRunner.Tests", fields, exception, (_, _) => message, null);
    }

    private sealed class Mute
    {
        public override string ToString() => throw new InvalidOperationException("no text");
    }

    private sealed class MuteException : Exception
    {
        public override string Message => throw new InvalidOperationException("no text");

        public override string ToString() => throw new InvalidOperationException("no text");

        public override string? StackTrace => throw new InvalidOperationException("no text");
    }
}
