using System.Buffers.Binary;
using System.Numerics;

namespace TaskRunner.Redis;

/// <summary>
/// SHA-1 (FIPS 180-4), by which Redis names scripts; it protects nothing. The one of the platform would load OpenSSL, 6 MiB that a worker
/// without TLS and without a password for its database has no other use for.
/// </summary>
internal static class ScriptDigest
{
    private const int BlockSize = 64;

    /// <summary>The digest as 40 lower-case hexadecimal digits.</summary>
    public static string Of(ReadOnlySpan<byte> text)
    {
        Span<uint> state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
        var rest = text;
        for (; rest.Length >= BlockSize; rest = rest[BlockSize..])
        {
            Mix(state, rest[..BlockSize]);
        }

        // The end is marked by one bit and the length in bits; both take a block more when what is left leaves no room for them.
        Span<byte> end = stackalloc byte[rest.Length < BlockSize - sizeof(ulong) ? BlockSize : 2 * BlockSize];
        end.Clear();
        rest.CopyTo(end);
        end[rest.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(end[^sizeof(ulong)..], (ulong)text.Length * 8);
        for (; end.Length > 0; end = end[BlockSize..])
        {
            Mix(state, end[..BlockSize]);
        }

        Span<byte> digest = stackalloc byte[state.Length * sizeof(uint)];
        for (var i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(digest[(i * sizeof(uint))..], state[i]);
        }

        return Convert.ToHexStringLower(digest);
    }

    private static void Mix(Span<uint> state, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[80];
        for (var i = 0; i < 16; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..]);
        }

        for (var i = 16; i < words.Length; i++)
        {
            words[i] = BitOperations.RotateLeft(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        }

        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4]);
        for (var i = 0; i < words.Length; i++)
        {
            var (choice, constant) = (i / 20) switch
            {
                0 => ((b & c) | (~b & d), 0x5a827999u),
                1 => (b ^ c ^ d, 0x6ed9eba1u),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1bbcdcu),
                _ => (b ^ c ^ d, 0xca62c1d6u),
            };
            var next = BitOperations.RotateLeft(a, 5) + choice + e + constant + words[i];
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, next);
        }

        state[0] += a;
        state[1] += b;
        state[2] += c;
        state[3] += d;
        state[4] += e;
    }
}
