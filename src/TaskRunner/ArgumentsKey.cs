using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TaskRunner.Broker;

namespace TaskRunner;

/// <summary>The unique key of a task type and its arguments. docs/wire-format.md specifies it, so that any program can compute it.</summary>
internal static class ArgumentsKey
{
    private const int DigestLength = 32;

    /// <summary>The key: at most 200 characters.</summary>
    /// <param name="task">Name of the task type.</param>
    /// <param name="arguments">Its arguments as JSON, in any spelling.</param>
    /// <exception cref="JsonException">They are not JSON.</exception>
    public static string Of(string task, ReadOnlyMemory<byte> arguments)
    {
        // A name that leaves no room for the digest stands as its own digest.
        var name = task.Length <= TaskRules.LongestKey - DigestLength - 1 ? task : Digest(Encoding.UTF8.GetBytes(task));
        return $"{name}:{Digest(CanonicalJson.Of(arguments))}";
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..DigestLength];
}
