using FluentAssertions;
using TaskRunner.Cli;
using Xunit;

namespace TaskRunner.Tests.Cli;

public sealed class TerminalTextTests
{
    [Fact]
    public void No_character_that_a_terminal_obeys_is_left_whatever_the_text_is()
    {
        for (var c = 0; c <= char.MaxValue; c++)
        {
            var text = TerminalText.OneLine($"a{(char)c}b");

            text.Any(char.IsControl).Should().BeFalse($"U+{c:x4} is replaced");
            (text.Length == 3).Should().Be(text == $"a{(char)c}b");
            TerminalText.Lines(TerminalText.OneLine(text)).Should().Be(text, "what was replaced once stays");
            new System.Text.UTF8Encoding(false, true).GetBytes(text).Should().NotBeEmpty("half a surrogate pair is replaced");
        }
    }

    [Theory]
    [InlineData("plain – ünï 😀", "plain – ünï 😀")]
    [InlineData("\u001b[2J", "\\u001b[2J")]
    [InlineData("a\nb\tc", "a\\nb\\tc")]
    [InlineData("abc\u202egnp", "abc\\u202egnp")]
    public void Text_on_one_line_shows_what_it_holds(string text, string shown) => TerminalText.OneLine(text).Should().Be(shown);

    [Fact]
    public void Half_a_surrogate_pair_is_shown()
    {
        TerminalText.OneLine("x\ud800").Should().Be("x\\ud800");
        TerminalText.OneLine("\udc00x").Should().Be("\\udc00x");
    }

    [Fact]
    public void Lines_stay_where_a_text_has_lines_of_its_own() => TerminalText.Lines("a\nb\r\nc\td\re").Should().Be("a\nb\r\nc\td\\re");

    [Fact]
    public void Quoted_value_is_short() => TerminalText.Quote(new string('x', 99) + "😀" + new string('x', 5000)).Should().Be(new string('x', 99) + "…");

    [Fact]
    public async Task Everything_that_is_written_passes_by_every_way()
    {
        const string evil = "\u001bé😀";
        const string clean = "\\u001bé😀";
        var inner = new StringWriter { NewLine = "\n" };
        await using var writer = new TerminalWriter(inner);

        writer.Write(evil);
        writer.Write(evil.ToCharArray());
        writer.Write(evil.ToCharArray(), 0, evil.Length);
        writer.Write(evil.AsSpan());
        writer.Write("{0}", evil);
        writer.Write((object)evil);
        writer.Write(new System.Text.StringBuilder(evil));
        await writer.WriteAsync(evil);
        await writer.WriteAsync(evil.ToCharArray(), 0, evil.Length);
        await writer.WriteAsync(evil.AsMemory());
        await writer.WriteAsync(new System.Text.StringBuilder(evil));
        writer.WriteLine(evil);
        writer.WriteLine(evil.ToCharArray());
        writer.WriteLine(evil.AsSpan());
        writer.WriteLine((object)evil);
        await writer.WriteLineAsync(evil);
        await writer.WriteLineAsync(evil.AsMemory());
        writer.Write('\u001b');
        await writer.WriteAsync('\u001b');

        inner.ToString().Replace("\n", "").Should().Be(string.Concat(Enumerable.Repeat(clean, 17)) + "\\u001b\\u001b");
    }

    [Fact]
    public void Wide_cell_does_not_make_every_row_wide()
    {
        var table = new Table("A", "B");
        table.Add(new string('x', 100_000), "b");
        table.Add("a", "b\u001b\n\tc");

        table.ToString().Length.Should().BeLessThan(1_000);
        table.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(3);
    }

    [Theory]
    [InlineData("enqeue", "enqueue")]
    [InlineData("ENQUEUE", "enqueue")]
    [InlineData("insp", "inspect")]
    [InlineData("debug.ehco", "debug.echo")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void Near_finds_what_is_meant(string typed, string? meant) =>
        Near.To(typed, ["enqueue", "inspect", "debug.echo", "debug.crash", "worker"]).Take(1).Should().Equal(meant is null ? [] : [meant]);
}
