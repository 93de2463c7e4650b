using System.Text;

namespace TaskRunner;

/// <summary>Reads files whose paths come from outside: a path may name a device that never ends.</summary>
internal static class BoundedFile
{
    /// <summary>Most bytes of a certificate, a key or a secret.</summary>
    public const int Small = 1024 * 1024;

    /// <summary>Most bytes of a file with many entries.</summary>
    public const int Large = 64 * 1024 * 1024;

    /// <summary>The bytes of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">How many bytes it may have, at least 0.</param>
    /// <exception cref="IOException">It cannot be read, or has more bytes.</exception>
    public static byte[] ReadAllBytes(string path, int most)
    {
        using var file = File.OpenRead(path);
        using var read = new MemoryStream();
        var part = new byte[64 * 1024];
        while (file.Read(part) is > 0 and var count)
        {
            if (read.Length + count > most)
            {
                throw new IOException($"it has more than {most / 1024:N0} KiB");
            }

            read.Write(part, 0, count);
        }

        return read.ToArray();
    }

    /// <summary>The text of a file, UTF-8 unless a byte order mark says otherwise.</summary>
    /// <inheritdoc cref="ReadAllBytes"/>
    public static string ReadAllText(string path, int most)
    {
        using var reader = new StreamReader(new MemoryStream(ReadAllBytes(path, most)), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
