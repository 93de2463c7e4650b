using System.Text;

namespace TaskRunner.Cli;

/// <summary>Opens what a verb reads: a file, or standard input for <c>-</c>. It must be UTF-8, and no line may be longer than any message can be.</summary>
internal static class InputText
{
    /// <summary>Characters of one line, or of a file that is read as a whole, 128 Mi at most: twice the largest message. A device without an end is not read for ever.</summary>
    private const int Longest = 128 << 20;

    /// <summary>Why a file could not be read, for a sentence; null for an exception that is not about the file.</summary>
    public static string? Explain(Exception e) => e switch
    {
        DecoderFallbackException => "it is not UTF-8",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "it is a folder, or may not be read",
        InvalidDataException => e.Message,
        PathTooLongException => "the path is too long",
        IOException or ArgumentException or NotSupportedException => "it cannot be read",
        _ => null,
    };

    /// <exception cref="IOException">It cannot be read; see <see cref="Explain"/>, also for other exceptions.</exception>
    public static TextReader Open(string path, TextReader standardInput) =>
        path == "-" ? standardInput : new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));

    /// <inheritdoc cref="Open"/>
    public static async Task<string> ReadAllAsync(string path, TextReader standardInput, CancellationToken cancellationToken)
    {
        using var reader = Open(path, standardInput);
        var text = new StringBuilder();
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            Check(text.Append(buffer, 0, read).Length);
        }

        return text.ToString();
    }

    /// <summary>The lines of a text, one after the other.</summary>
    public static async IAsyncEnumerable<string> LinesAsync(TextReader reader, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        var buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            for (var rest = buffer.AsMemory(0, read); rest.Length > 0;)
            {
                var end = rest.Span.IndexOf('\n');
                Check(line.Append(end < 0 ? rest : rest[..end]).Length);
                if (end < 0)
                {
                    break;
                }

                yield return line.ToString().TrimEnd('\r');
                line.Clear();
                rest = rest[(end + 1)..];
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    private static void Check(int length)
    {
        if (length > Longest)
        {
            throw new InvalidDataException($"it has a line of more than {Longest:N0} characters");
        }
    }
}
