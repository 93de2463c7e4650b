using System.Text;
using TaskRunner.FaultTests.Support;
using TaskRunner.Resp;
using Xunit;

namespace TaskRunner.FaultTests.Fuzz;

/// <summary>Whatever bytes come, the parser reads them, waits for more or says that they are no protocol; and how they were split makes no difference.</summary>
public sealed class RespFuzzTests
{
    private static readonly byte[][] Samples = [.. new[]
    {
        "+OK\r\n", "-ERR no such key\r\n", ":-42\r\n", "$5\r\nhello\r\n", "$0\r\n\r\n", "$-1\r\n", "*0\r\n", "*-1\r\n", "*3\r\n:1\r\n$3\r\nabc\r\n*1\r\n+x\r\n",
        "_\r\n", "#t\r\n", ",3.25\r\n", ",inf\r\n", "(12345678901234567890\r\n", "!9\r\nERR wrong\r\n", "=7\r\ntxt:abc\r\n", "%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n", "~2\r\n:1\r\n:2\r\n",
        ">3\r\n+message\r\n+channel\r\n$2\r\nhi\r\n", "|1\r\n+ttl\r\n:3\r\n:7\r\n", "*2\r\n*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n_\r\n",
    }.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void Parser_neither_crashes_nor_hangs_on_mutated_replies_and_does_not_care_how_they_are_split()
    {
        var mutator = new Mutator(Soak.Seed, Samples);
        for (var i = 0; i < Soak.FuzzInputs; i++)
        {
            var input = mutator.Next();

            Same(input, mutator.Random.Next(1, 8));
        }
    }

    [Fact]
    public void Parser_gives_the_same_for_pieces_of_each_size()
    {
        foreach (var sample in Samples)
        {
            for (var piece = 1; piece < sample.Length; piece++)
            {
                Same(sample, piece);
            }
        }
    }

    private static void Same(byte[] input, int piece)
    {
        var (whole, inPieces) = (Outcome(input, input.Length), Outcome(input, piece));
        if (whole != inPieces)
        {
            Assert.Fail($"{Convert.ToHexString(input)} reads as '{whole}' in one piece and as '{inPieces}' in pieces of {piece}");
        }
    }

    /// <summary>What the parser makes of bytes that come in pieces of a size, as text.</summary>
    private static string Outcome(byte[] input, int piece)
    {
        var parser = new RespParser();
        var text = new StringBuilder();
        try
        {
            for (var from = 0; from < input.Length; from += piece)
            {
                var rest = input.AsSpan(from, Math.Min(piece, input.Length - from));
                while (parser.TryRead(rest, out var consumed, out var value))
                {
                    rest = rest[consumed..];
                    text.Append(value.Type).Append(':').Append(value.ToString()).Append(';');
                }
            }
        }
        catch (RespProtocolException)
        {
            text.Append("no protocol");
        }

        return text.ToString();
    }
}
