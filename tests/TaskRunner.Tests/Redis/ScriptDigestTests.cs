using System.Security.Cryptography;
using FluentAssertions;
using TaskRunner.Redis;
using Xunit;

namespace TaskRunner.Tests.Redis;

public sealed class ScriptDigestTests
{
    [Theory]
    [InlineData("", "da39a3ee5e6b4b0d3255bfef95601890afd80709")]
    [InlineData("abc", "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1")]
    public void Digest_is_the_one_of_the_standard(string text, string digest)
    {
        ScriptDigest.Of(System.Text.Encoding.ASCII.GetBytes(text)).Should().Be(digest);
    }

    [Fact]
    public void Digest_of_any_length_is_the_one_of_the_platform()
    {
        var random = new Random(20);
        foreach (var length in Enumerable.Range(0, 300).Append(100_000))
        {
            var text = new byte[length];
            random.NextBytes(text);
#pragma warning disable CA5350 // The oracle of a name, no protection.
            var expected = Convert.ToHexStringLower(SHA1.HashData(text));
#pragma warning restore CA5350
            ScriptDigest.Of(text).Should().Be(expected, "of {0} bytes", length);
        }
    }
}
