using System.Security.Cryptography;
using System.Text;
using ClusterTests.Cluster;

namespace ClusterTests.Installation;

/// <summary>Compares secrets without ever holding one where a failed assertion would print it.</summary>
internal static class Secrets
{
    /// <summary>A fingerprint of the data of a Secret, the same as long as the data is.</summary>
    public static async Task<string> FingerprintAsync(Kubectl kubectl, string name) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes((await kubectl.GetAsync($"secret/{name}"))["data"]!.ToJsonString())));
}
