using System.Text;

namespace TaskRunner.Cli;

/// <summary>The one way by which verbs write: <see cref="TerminalText"/> for everything that passes, whatever it came from.</summary>
/// <param name="inner">Where to.</param>
/// <param name="keepsLines">Whether line breaks stay. For sentences on standard error they do not: each is a line, and no value that it quotes begins another.</param>
internal sealed class TerminalWriter(TextWriter inner, bool keepsLines = true) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(value is '\r' || char.IsSurrogate(value) ? value.ToString() : TerminalText.Lines(value.ToString()));

    public override void Write(string? value) => inner.Write(TerminalText.Lines(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine(string? value) => inner.WriteLine(Clean(value));

    public override Task WriteAsync(char value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(string? value) => inner.WriteAsync(TerminalText.Lines(value));

    public override Task WriteAsync(char[] buffer, int index, int count) => WriteAsync(new string(buffer, index, count));

    public override Task WriteAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => WriteAsync(new string(buffer.Span));

    public override Task WriteLineAsync(string? value) => inner.WriteLineAsync(Clean(value));

    public override Task WriteLineAsync(char[] buffer, int index, int count) => WriteLineAsync(new string(buffer, index, count));

    public override Task WriteLineAsync(ReadOnlyMemory<char> buffer, CancellationToken cancellationToken = default) => WriteLineAsync(new string(buffer.Span));

    public override Task WriteLineAsync() => inner.WriteLineAsync();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync() => inner.FlushAsync();

    private string? Clean(string? value) => keepsLines ? TerminalText.Lines(value) : TerminalText.OneLine(value);
}
