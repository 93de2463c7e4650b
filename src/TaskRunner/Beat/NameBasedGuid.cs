using System.Security.Cryptography;
using System.Text;

namespace TaskRunner.Beat;

/// <summary>Makes the same UUID from the same names: version 5 of RFC 9562.</summary>
public static class NameBasedGuid
{
    /// <summary>Makes the UUID of a name within a namespace.</summary>
    public static Guid Create(Guid scope, string name)
    {
        var bytes = new byte[16 + Encoding.UTF8.GetByteCount(name)];
        scope.TryWriteBytes(bytes, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(name, bytes.AsSpan(16));
        return FromHash(bytes);
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "The RFC says SHA-1; it makes a name, it keeps no secret.")]
    private static Guid FromHash(byte[] bytes)
    {
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(bytes, hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
